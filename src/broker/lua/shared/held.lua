-- Shared by scripts that end an attempt: whether the task is still active under the caller's lease.

-- A lease that ends after `lease_until` (a second) was taken by somebody else. Workers pass the latest end that they have
-- written. Recovery passes the second before which an abandoned lease ended, so that a task whose worker came back in time
-- is left alone. Empty: any lease will do.
local function held(lease, id, lease_until)
  local ends_at = redis.call('ZSCORE', lease, id)
  if not ends_at then return false end
  return lease_until == '' or tonumber(ends_at) <= tonumber(lease_until)
end

-- Takes the id out of the active list and the lease set. From the right, where the oldest are.
local function let_go(active, lease, id)
  redis.call('LREM', active, -1, id)
  redis.call('ZREM', lease, id)
end
