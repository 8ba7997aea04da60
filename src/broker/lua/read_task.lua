-- Reads one task.
-- KEYS: task lease scheduled retry archived completed
-- ARGV: id group_prefix
-- Returns: id, score, message, state, result, pending_since, lease; nothing when there is no such task
-- pcall: a key of another type is no task.
local stored = redis.pcall('HMGET', KEYS[1], 'msg', 'state', 'result', 'pending_since', 'group')
local state = stored[2]
if not stored[1] and not state then return {} end
local containers = {scheduled = KEYS[3], retry = KEYS[4], archived = KEYS[5], completed = KEYS[6]}
if stored[5] then containers.aggregating = ARGV[2] .. stored[5] end
local container = state and containers[state]
return {
  ARGV[1],
  container and redis.call('ZSCORE', container, ARGV[1]) or false,
  stored[1], state, stored[3], stored[4],
  redis.call('ZSCORE', KEYS[2], ARGV[1]),
}
