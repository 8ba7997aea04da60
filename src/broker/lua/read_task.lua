-- Reads one task, or an id without a task in a container; lists are searched near their ends.
-- Uses: content
-- KEYS: task lease pending active scheduled retry archived completed aside
-- ARGV: id group_prefix
-- Returns: id, score, message, state, result, pending_since, waits_until, lease; nothing when there is no such task
local aside_since = redis.pcall('ZSCORE', KEYS[9], ARGV[1])
if type(aside_since) == 'string' then
  return {ARGV[1], aside_since, content(KEYS[1]), 'aside', false, false, false, false}
end
-- pcall: a key of another type is not a task.
local stored = redis.pcall('HMGET', KEYS[1], 'msg', 'state', 'result', 'pending_since', 'waits_until', 'group')
if stored.err then stored = {} end
local state = stored[2]
local containers = {scheduled = KEYS[5], retry = KEYS[6], archived = KEYS[7], completed = KEYS[8]}
if not stored[1] and not state then
  for name, key in pairs(containers) do
    if type(redis.pcall('ZSCORE', key, ARGV[1])) == 'string' then state = name end
  end
  for name, key in pairs({pending = KEYS[3], active = KEYS[4]}) do
    for _, rank in ipairs({-1, 1}) do
      if type(redis.pcall('LPOS', key, ARGV[1], 'RANK', rank, 'MAXLEN', 10000)) == 'number' then state = name end
    end
  end
  if not state then return {} end
end
if stored[6] then containers.aggregating = ARGV[2] .. stored[6] end
local container = state and containers[state]
-- pcall: neither the container nor the leases need be a sorted set.
local function score(key)
  local found = key and redis.pcall('ZSCORE', key, ARGV[1])
  return type(found) == 'string' and found
end
return {
  ARGV[1],
  score(container),
  stored[1] or false, state, stored[3] or false, stored[4] or false, stored[5] or false,
  score(KEYS[2]),
}
