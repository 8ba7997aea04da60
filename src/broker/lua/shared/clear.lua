-- Shared by scripts that remove many ids from a long list: one by one, each would take a scan of the list.

-- Removes the ids at these places, which are in ascending order: each is overwritten with a mark, and one LREM removes all
-- marks from the nearer end. No other client sees a mark, and the order of the remaining ids does not change.
--
-- LREM scans half a million ids in seven milliseconds. If it would have to scan more, a short call is more important than
-- the order: the newest ids move into the places instead. Returns whether they did.
local function clear(list, places)
  local count = #places
  if count == 0 then return false end
  local length = redis.call('LLEN', list)
  local from_left = places[1] < length / 2
  local way = from_left and places[count] or length - places[1]
  if way > 520000 then
    local newest = redis.call('LRANGE', list, 0, count - 1)
    for i, at in ipairs(places) do redis.call('LSET', list, at, newest[i]) end
    redis.call('LTRIM', list, count, -1)
    return true
  end
  local mark = '\0qctl: taken out\0'
  for _, at in ipairs(places) do redis.call('LSET', list, at, mark) end
  redis.call('LREM', list, from_left and count or -count, mark)
  return false
end
