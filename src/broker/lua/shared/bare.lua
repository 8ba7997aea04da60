-- Shared by scripts that tell hashes with data from those with nothing but a state.

local bare_fields = {
  state = true, group = true, unique_key = true, pending_since = true, qctl_claim = true, waits_until = true,
}

-- Whether a hash holds nothing of a task but its state.
local function is_bare(task_key)
  if redis.call('HLEN', task_key) > 6 then return false end
  for _, field in ipairs(redis.call('HKEYS', task_key)) do
    if not bare_fields[field] then return false end
  end
  return true
end
