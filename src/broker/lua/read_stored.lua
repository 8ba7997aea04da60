-- Reads tasks of one container with everything that is stored about them.
-- Uses: content field
-- KEYS: container lease scheduled retry archived completed aside
-- ARGV: task_prefix group_prefix lock_prefix state (of the container, and ids)
-- Returns: for each id: state, score, message, result, pending_since, waits_until, lease, group, and the milliseconds that its
-- lock has left (-1 forever); nil for an id without a task. Fewer than were asked for when the tasks are large.
local scored = {scheduled = KEYS[3], retry = KEYS[4], archived = KEYS[5], completed = KEYS[6], aside = KEYS[7]}
local walked = ARGV[4]
-- pcall: neither the container nor the leases need be a sorted set.
local function score_in(key, id)
  local found = key and redis.pcall('ZSCORE', key, id)
  return type(found) == 'string' and found
end
local rows, bytes = {}, 0
for i = 5, #ARGV do
  local id, task_key = ARGV[i], ARGV[1] .. ARGV[i]
  -- pcall: a key of another type is not a task.
  local stored = redis.pcall('HMGET', task_key, 'msg', 'state', 'result', 'pending_since', 'waits_until', 'group',
    'unique_key')
  if stored.err then stored = {} end
  local message, state, group = stored[1], stored[2], stored[6]
  local is_list = walked == 'pending' or walked == 'active'
  local score = not is_list and score_in(KEYS[1], id)
  if walked == 'aside' and score then
    message, state = content(task_key), 'aside'
  elseif score or state == walked or not state then
    -- A task is in the state of its container, whatever its hash says.
    state = walked
  else
    -- The task has moved since its id was read.
    score = score_in(state == 'aggregating' and group and ARGV[2] .. group or scored[state], id)
    if not score and state ~= 'pending' and state ~= 'active' then state = walked end
  end
  if not message and not score then
    rows[#rows + 1] = false
  else
    message = message or ''
    local lock, left = stored[7] or group and text_field(message, 10), false
    if lock and string.sub(lock, 1, #ARGV[3]) == ARGV[3] and redis.pcall('GET', lock) == id then
      left = redis.call('PTTL', lock)
    end
    local lease = state == 'active' and score_in(KEYS[2], id)
    rows[#rows + 1] = {
      state, score, message, stored[3] or false, stored[4] or false, stored[5] or false, lease, group or false, left,
    }
    bytes = bytes + #message + #(stored[3] or '')
  end
  if bytes > 1048576 then break end
end
return rows
