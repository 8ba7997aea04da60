-- Archives tasks that lie in a part of pending, and trims the archive.
-- Uses: clear container trim window
-- KEYS: pending archived
-- ARGV: task_prefix from to now id...
-- Returns: the ids that were archived; there may be more
local wanted = {}
for i = 5, #ARGV do wanted[ARGV[i]] = true end
local function fits(id)
  local _, code = admissible(ARGV[1] .. id, ',pending,')
  return code == 1
end
local places, found = places_of(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), wanted, fits)
for _, id in ipairs(found) do
  redis.call('ZADD', KEYS[2], ARGV[4], id)
  redis.call('HSET', ARGV[1] .. id, 'state', 'archived')
  redis.call('HDEL', ARGV[1] .. id, 'pending_since')
end
clear(KEYS[1], places)
trim(KEYS[2], ARGV[1], tonumber(ARGV[4]), #found + 100)
return found
