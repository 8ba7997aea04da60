-- Shared by scripts of operators: takes a task out of the container that its state names.

-- Returns true when the id was there. Out of a list it is taken from the end that `rank` names. A group
-- that becomes empty loses its name.
local function take_out(containers, groups, group_prefix, task_key, state, id, rank)
  if state == 'pending' then
    return redis.call('LREM', containers.pending, rank, id) == 1
  end
  if state ~= 'aggregating' then
    return redis.call('ZREM', containers[state], id) == 1
  end
  local group = redis.call('HGET', task_key, 'group')
  if not group or redis.call('ZREM', group_prefix .. group, id) == 0 then return false end
  if redis.call('EXISTS', group_prefix .. group) == 0 then
    redis.call('SREM', groups, group)
  end
  return true
end

-- Whether the id is in the container that its state names; lists are trusted, a look costs a scan.
local function is_in(containers, group_prefix, task_key, state, id)
  if state == 'pending' then return true end
  if state ~= 'aggregating' then return redis.call('ZSCORE', containers[state], id) ~= false end
  local group = redis.call('HGET', task_key, 'group')
  return group ~= false and redis.call('ZSCORE', group_prefix .. group, id) ~= false
end

-- The state of a task, and 1 when `states`, a text such as ",retry,archived,", allows it. Otherwise 0 (no such task)
-- or 10 + the state's number in Asynq's API. The message is not read: it may be large.
local numbers = {active = 1, pending = 2, scheduled = 3, retry = 4, archived = 5, completed = 6, aggregating = 7}
local function admissible(task_key, states)
  -- pcall: a key of another type is no task, and must not end the work on the others.
  local state = redis.pcall('HGET', task_key, 'state')
  if type(state) ~= 'string' or redis.call('HEXISTS', task_key, 'msg') == 0 then return nil, 0 end
  if not numbers[state] then return state, -1 end
  if string.find(states, ',' .. state .. ',', 1, true) then return state, 1 end
  return state, 10 + numbers[state]
end
