-- Shared by scripts that look for many ids in a part of a long list.

-- The places of the wanted ids in a part of the list, and the ids found there, less those that do not fit.
-- The deeper they lie, the longer each takes, so the fewer are taken in one call.
local function places_of(list, from, to, wanted, fits)
  local depth = math.min(from, redis.call('LLEN', list) - from)
  local most = math.max(200 - depth / 3500, 50)
  local places, found = {}, {}
  for at, id in ipairs(redis.call('LRANGE', list, from, to)) do
    if #found >= most then break end
    if wanted[id] and fits(id) then
      wanted[id] = nil
      places[#places + 1] = from + at - 1
      found[#found + 1] = id
    end
  end
  return places, found
end
