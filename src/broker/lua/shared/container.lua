-- Shared by scripts that change tasks by id, whatever container they are in. All of them take these KEYS:
-- pending active scheduled retry archived completed groups lease aside
-- Uses: state

local containers = {
  pending = KEYS[1], active = KEYS[2], scheduled = KEYS[3], retry = KEYS[4], archived = KEYS[5], completed = KEYS[6],
  aside = KEYS[9],
}

-- The container to take a task from and the code 1, or another code of `admissible`. "orphaned" allows active tasks whose
-- lease has ended by this server's clock. If `place` is given, it is the container in which the caller has found the ids,
-- or "nowhere"; it counts instead of the state, and an id needs no task.
local clock
local function removable(task_key, states, place, id)
  local state, code = admissible(task_key, states)
  -- What was set aside may have no message.
  if code == 0 and redis.call('ZSCORE', KEYS[9], id) then
    state, code = 'aside', string.find(states, ',aside,', 1, true) and 1 or 18
  end
  if state == 'active' and code ~= 1 and string.find(states, ',orphaned,', 1, true) then
    -- pcall: without the right to TIME, no lease has ended.
    clock = clock or tonumber(redis.pcall('TIME')[1] or 0)
    local lease_ends = redis.call('ZSCORE', KEYS[8], id)
    if not lease_ends or tonumber(lease_ends) <= clock then code = 1 end
  end
  if place ~= '' and code <= 1 then return place, 1 end
  return state, code
end

local function group_of(group_prefix, task_key)
  local group = redis.pcall('HGET', task_key, 'group')
  return type(group) == 'string' and group, group_prefix .. tostring(group)
end

-- Whether the id is in the container. `pending` is not checked, which would take a scan; neither is what the caller has found.
-- `active` is scanned by `take_out` too, and its oldest ids are at the right end.
local function is_in(group_prefix, task_key, container, id)
  if container == 'pending' or container == 'nowhere' then return true end
  if container == 'active' then return redis.call('LPOS', KEYS[2], id, 'RANK', -1) ~= false end
  if container ~= 'aggregating' then return redis.call('ZSCORE', containers[container], id) ~= false end
  local group, key = group_of(group_prefix, task_key)
  return group ~= false and redis.call('ZSCORE', key, id) ~= false
end

-- Removes what an attempt leaves behind outside its container. A task that is not in the container of its state may be active.
local function forget_attempt(task_key, id)
  redis.pcall('ZREM', KEYS[8], id)
  redis.pcall('HDEL', task_key, 'qctl_claim', 'qctl_lost')
end

-- Removes the id from the container; from `pending`, starting at the end that `rank` names. The name of a group that
-- becomes empty is removed too. Returns whether the id was there.
local function take_out(group_prefix, task_key, container, id, rank)
  if container == 'nowhere' then return true end
  if container == 'pending' then return redis.call('LREM', KEYS[1], rank, id) == 1 end
  if container == 'active' then
    redis.call('ZREM', KEYS[8], id)
    -- A claim of an older version that failed half-way may have left copies; recovery removes the rest.
    redis.call('LREM', KEYS[2], 1000, id)
    redis.pcall('HDEL', task_key, 'qctl_claim', 'qctl_lost')
    return true
  end
  if container ~= 'aggregating' then return redis.call('ZREM', containers[container], id) == 1 end
  local group, key = group_of(group_prefix, task_key)
  if not group or redis.call('ZREM', key, id) == 0 then return false end
  if redis.call('EXISTS', key) == 0 then redis.call('SREM', KEYS[7], group) end
  return true
end
