-- Shared by scripts that claim tasks.

-- Gives tasks a lease, and marks them as active in the attempt that `claim` begins: see held.lua. The caller then takes
-- them out of their container and pushes them to `active`, in this order: when Redis refuses a command half-way (a right is
-- missing), no task is in two containers, and recovery finds by its lease what is in none.
local function activate(active, lease, task_prefix, ids, ends_at, claim)
  -- Both fail on a key of another type, before anything is written.
  redis.call('LLEN', active)
  redis.call('ZCARD', lease)
  local leases = {}
  for i, id in ipairs(ids) do
    -- A full Redis refuses the first of these.
    redis.call('HSET', task_prefix .. id, 'state', 'active', 'qctl_claim', claim)
    redis.call('HDEL', task_prefix .. id, 'pending_since', 'waits_until')
    leases[2 * i - 1], leases[2 * i] = ends_at, id
  end
  -- Redis keeps a small sorted set as a list and scans it for each new member. A member over zset-max-listpack-value
  -- makes it a skiplist; removed again below, it saves a third of the work of a large batch.
  local long = #ids > 16 and string.rep('\0', 65)
  if long then
    table.insert(leases, 1, long)
    table.insert(leases, 1, ends_at)
  end
  redis.call('ZADD', lease, unpack(leases))
  if long then redis.call('ZREM', lease, long) end
end
