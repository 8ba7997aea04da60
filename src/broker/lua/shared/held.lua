-- Shared by scripts that extend or end an attempt.

-- Whether a task, whose lease ends at `ends_at`, is still active in the caller's attempt.
-- Recovery passes as `lease_until` the second before which abandoned leases ended, so that a task whose worker has extended
-- the lease meanwhile is left alone. Workers pass an empty one: how long the lease lasts does not matter to them.
-- `claim` is the claim that began the attempt, as stored with the task: six digits, which its worker writes into its lease
-- scores as microseconds, and a random part. Go servers write whole seconds and keep the field, so only both together show
-- that nobody has claimed the task since. Recovery passes an empty one: it does not know the claim.
local function held(ends_at, task_key, lease_until, claim)
  ends_at = tonumber(ends_at or '')
  if not ends_at or lease_until ~= '' and ends_at > tonumber(lease_until) then return false end
  if claim == '' then return true end
  if math.floor(ends_at * 1000000 + 0.5) % 1000000 ~= tonumber(string.sub(claim, 1, 6)) then return false end
  -- pcall: a key of another type is not a task. Without the field, the task is gone, or has become something else.
  local stored = redis.pcall('HGET', task_key, 'qctl_claim')
  return type(stored) ~= 'string' or stored == claim
end

-- Removes the id from the active list, starting at the right, where the oldest are, from the leases, and what the attempt
-- has left with the task. Recovery keeps count of lost attempts, which any other end sets back.
local function let_go(active, lease, task_key, id, keeps_count)
  redis.call('LREM', active, -1, id)
  redis.call('ZREM', lease, id)
  -- pcall: a key of another type is not a task.
  if keeps_count then
    redis.pcall('HDEL', task_key, 'qctl_claim')
  else
    redis.pcall('HDEL', task_key, 'qctl_claim', 'qctl_lost')
  end
end
