-- Shared by scripts that take many ids out of a long list: each alone would cost a scan of the list.

-- Empties these places, which are in ascending order: each is overwritten with a mark, and all marks are
-- removed in one pass from the nearer end. No mark is ever seen outside, and the order of what stays is kept.
--
-- That pass looks at every id on its way, half a million in seven milliseconds. Where it is longer yet, a
-- short call matters more than the order: the newest ids move into the places, and nothing has to wait for it.
-- Returns whether they did.
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
