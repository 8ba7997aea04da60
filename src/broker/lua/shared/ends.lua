-- Shared by scripts that must not overlook an id in a list: whether it is among the newest or the oldest 500.

local ends = {}
local function in_ends(list, id)
  if not ends[list] then
    ends[list] = {}
    for _, range in ipairs({{0, 499}, {-500, -1}}) do
      for _, one in ipairs(redis.call('LRANGE', list, range[1], range[2])) do ends[list][one] = true end
    end
  end
  return ends[list][id] == true
end
