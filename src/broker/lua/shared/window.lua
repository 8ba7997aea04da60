-- Shared by scripts that take many ids out of a long list: each alone would cost a scan of the list.

-- The places of the wanted ids in a part of the list, and the ids found there, less those that do not fit.
local function places_of(list, from, to, wanted, fits)
  local places, found = {}, {}
  for at, id in ipairs(redis.call('LRANGE', list, from, to)) do
    if wanted[id] and fits(id) then
      wanted[id] = nil
      places[#places + 1] = from + at - 1
      found[#found + 1] = id
    end
  end
  return places, found
end

-- Empties these places: each is overwritten with a mark, and all marks are removed in one pass from the
-- nearer end. No mark is ever seen outside, and the order of what stays is kept.
local function clear(list, places)
  if #places == 0 then return end
  local mark = '\0qctl: taken out\0'
  for _, at in ipairs(places) do redis.call('LSET', list, at, mark) end
  local from_left = places[1] < redis.call('LLEN', list) / 2
  redis.call('LREM', list, from_left and #places or -#places, mark)
end
