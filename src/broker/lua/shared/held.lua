-- Shared by scripts that end an attempt: whether the task is still active under the caller's lease.

-- A lease that ends after `lease_until` (a second) belongs to another worker. Workers pass the latest end that they have
-- written. Recovery passes the second before which abandoned leases ended, so that a task whose worker has extended the
-- lease meanwhile is left alone. Empty: any lease will do.
local function held(lease, id, lease_until)
  local ends_at = redis.call('ZSCORE', lease, id)
  if not ends_at then return false end
  return lease_until == '' or tonumber(ends_at) <= tonumber(lease_until)
end

-- Removes the id from the active list, starting at the right, where the oldest are, and from the leases.
local function let_go(active, lease, id)
  redis.call('LREM', active, -1, id)
  redis.call('ZREM', lease, id)
end
