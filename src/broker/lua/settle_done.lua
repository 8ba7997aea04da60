-- Deletes tasks that succeeded and releases their locks.
-- KEYS: active lease processed processed_on
-- ARGV: task_prefix lease_before day_expires_at (id unique_key)...
-- Returns: for each task, or for the first ones, 1 settled, 0 not active any more
local ids, codes = {}, {}
for i = 4, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local leases = redis.call('ZMSCORE', KEYS[2], unpack(ids))
local settled, task_keys = {}, {}
for i, id in ipairs(ids) do
  local ours = leases[i] and (ARGV[2] == '' or tonumber(leases[i]) <= tonumber(ARGV[2]))
  if ours and not within_reach(KEYS[1], id) then break end
  codes[i] = 0
  if ours then
    redis.call('LREM', KEYS[1], -1, id)
    release(ARGV[3 + 2 * i], id)
    settled[#settled + 1] = id
    task_keys[#task_keys + 1] = ARGV[1] .. id
    codes[i] = 1
  end
end
if #settled > 0 then
  redis.call('ZREM', KEYS[2], unpack(settled))
  redis.call('DEL', unpack(task_keys))
end
count(#settled, KEYS[3], KEYS[4], ARGV[3])
return codes
