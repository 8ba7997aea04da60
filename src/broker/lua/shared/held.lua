-- Shared by scripts that end an attempt: is the task still active under the caller's lease?

-- Workers pass an empty `lease_before`. Recovery passes the second before which the lease must have
-- ended, so that a task whose worker came back in time is left alone.
local function held(lease, id, lease_before)
  local ends_at = redis.call('ZSCORE', lease, id)
  if not ends_at then return false end
  return lease_before == '' or tonumber(ends_at) <= tonumber(lease_before)
end

-- Takes the id out of the active list and the lease set. From the right, where the oldest are.
local function let_go(active, lease, id)
  redis.call('LREM', active, -1, id)
  redis.call('ZREM', lease, id)
end
