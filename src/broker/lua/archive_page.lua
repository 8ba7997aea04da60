-- Archives a page of tasks of one container and trims the archive. Tasks with another state stay.
-- Uses: page receipt trim
-- KEYS: container groups archived aside
-- ARGV: task_prefix state group offset count digest dry_run receipt call now id...
-- Returns: how many were changed, or -1 when the page does not have this digest or not all of it can be; position and code
--   of each id that was not: 0 no task, -1 has another state, -3 gone from the container; 1 when other ids have moved into the page
local before = replied(ARGV[8], ARGV[9])
if before then return before end
local state, group, offset = ARGV[2], ARGV[3], tonumber(ARGV[4])
local page = open_page(KEYS[1], state, offset, tonumber(ARGV[5]), ARGV[6], 11)
if not page then return {-1, {}, 0} end
local chosen, task_keys, places, passed = choose(page, ARGV[1], function(task_key)
  -- pcall: a key of another type must not stop the others.
  return is_here(task_key, redis.pcall('HGET', task_key, 'state'), state, group)
end)
if not chosen then return {-1, {}, 0} end
if ARGV[7] == '1' or #chosen == 0 then return {#chosen, passed, 0} end
local scored = {}
for i, id in ipairs(chosen) do scored[2 * i - 1], scored[2 * i] = ARGV[10], id end
-- First: this fails on a key of another type, before anything has been changed.
redis.call('ZADD', KEYS[3], unpack(scored))
for _, task_key in ipairs(task_keys) do
  redis.call('HSET', task_key, 'state', 'archived')
  if state == 'pending' then redis.call('HDEL', task_key, 'pending_since') end
end
local filled = take_off(page, KEYS[1], KEYS[2], group, offset, chosen, places)
trim(KEYS[3], KEYS[4], ARGV[1], tonumber(ARGV[10]), #chosen + 100)
return leave_reply(ARGV[8], ARGV[9], {#chosen, passed, filled})
