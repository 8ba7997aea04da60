-- Stores the task into which the tasks of an aggregation set were merged, and deletes these tasks with their locks, and the
-- set. In one call: what is merged is gone, and what is not stays.
-- Uses: store receipt lock
-- KEYS: task container groups unique_lock set aggregation_sets
-- ARGV: id message state at group lock_seconds receipt call task_prefix (merged_id merged_lock)...
-- Returns: 1 stored, 2 the same message is there already, 0 id taken, -1 duplicate, -2 the set is closed or has lost tasks
if performed(ARGV[7], ARGV[8]) then return 1 end
-- A set that is being reclaimed stays listed until its last task is back in the group.
if not redis.call('ZSCORE', KEYS[6], KEYS[5]) then return -2 end
if redis.call('ZCARD', KEYS[5]) ~= (#ARGV - 9) / 2 then return -2 end
local stored = store()
if stored ~= 1 then return stored end
for i = 10, #ARGV, 2 do
  release(ARGV[i + 1], ARGV[i])
  redis.call('DEL', ARGV[9] .. ARGV[i])
end
redis.call('DEL', KEYS[5])
redis.call('ZREM', KEYS[6], KEYS[5])
leave_receipt(ARGV[7], ARGV[8], '1')
return 1
