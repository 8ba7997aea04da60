-- Deletes tasks that lie in a part of pending, with their locks.
-- KEYS: pending
-- ARGV: task_prefix from to id...
-- Returns: the ids that were deleted
local wanted = {}
for i = 4, #ARGV do wanted[ARGV[i]] = true end
local places, found = places_of(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), wanted)
clear(KEYS[1], places)
for _, id in ipairs(found) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
end
return found
