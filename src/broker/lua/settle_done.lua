-- Deletes tasks that succeeded and releases their locks.
-- Uses: count held lock reach
-- KEYS: active lease processed processed_on
-- ARGV: task_prefix day_expires_at (id lease_until claim unique_key)...
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active

-- The oldest ids of the list are usually settled together, so its end is cut off; others are removed one by one.
local function take_off(list, ids)
  local left, cut = {}, 0
  for _, id in ipairs(ids) do left[id] = true end
  local last = redis.call('LRANGE', list, -#ids, -1)
  for at = #last, 1, -1 do
    if not left[last[at]] then break end
    left[last[at]] = nil
    cut = cut + 1
  end
  if cut > 0 then redis.call('LTRIM', list, 0, -(cut + 1)) end
  for id in pairs(left) do redis.call('LREM', list, -1, id) end
end

local ids, codes = {}, {}
for i = 3, #ARGV, 4 do ids[#ids + 1] = ARGV[i] end
local leases = redis.call('ZMSCORE', KEYS[2], unpack(ids))
local settled, task_keys = {}, {}
for at, id in ipairs(ids) do
  local task_key, i = ARGV[1] .. id, 4 * at - 1
  local ours = held(leases[at], task_key, ARGV[i + 1], ARGV[i + 2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[at] = 0
  if ours then
    release(ARGV[i + 3], id)
    settled[#settled + 1] = id
    task_keys[#task_keys + 1] = task_key
    codes[at] = 1
  end
end
if #settled > 0 then
  take_off(KEYS[1], settled)
  redis.call('ZREM', KEYS[2], unpack(settled))
  redis.call('DEL', unpack(task_keys))
end
count(#settled, KEYS[3], KEYS[4], ARGV[2])
return codes
