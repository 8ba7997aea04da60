-- Shared by scripts that change tasks by id: whether the state of a task allows the change.

-- The state of a task, and 1 if `states`, such as ",retry,archived,", allows it. Otherwise 0 (no such task),
-- -1 (no such state) or 10 + the state's number: Asynq's API has 1 to 7. The message is not read: it may be large.
local numbers = {active = 1, pending = 2, scheduled = 3, retry = 4, archived = 5, completed = 6, aggregating = 7, aside = 8}
local function admissible(task_key, states)
  -- pcall: a key of another type is not a task, and must not stop the others.
  local state = redis.pcall('HGET', task_key, 'state')
  if type(state) ~= 'string' or redis.call('HEXISTS', task_key, 'msg') == 0 then return nil, 0 end
  if not numbers[state] then return state, -1 end
  if string.find(states, ',' .. state .. ',', 1, true) then return state, 1 end
  return state, 10 + numbers[state]
end
