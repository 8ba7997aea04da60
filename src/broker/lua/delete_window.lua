-- Deletes tasks that lie in a part of pending, with their locks, and ids without a task.
-- Uses: clear container lock window
-- KEYS: pending
-- ARGV: task_prefix from to id...
-- Returns: the ids that were deleted; there may be more
local wanted = {}
for i = 4, #ARGV do wanted[ARGV[i]] = true end
local function fits(id)
  local _, code = admissible(ARGV[1] .. id, ',pending,')
  return code == 1 or code == 0
end
local places, found = places_of(KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), wanted, fits)
-- First of all what needs no memory: a full Redis refuses a script that begins with a place in the list.
for _, id in ipairs(found) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
end
clear(KEYS[1], places)
return found
