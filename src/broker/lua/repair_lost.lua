-- Puts tasks that are in no container back where their state says; without a readable message, sets them aside. A hash with
-- nothing but a state is deleted. Does nothing to a task that is in a container or has changed since it was looked at.
-- Uses: aside bare ends
-- KEYS: pending active scheduled retry archived completed groups lease aside
-- ARGV: task_prefix group_prefix dry_run now now_ns lease_ends_at (id state pending_since readable)...
-- Returns: for each task 0 not repaired, 1 put back, 2 set aside, 3 deleted
local scored = {scheduled = KEYS[3], retry = KEYS[4], archived = KEYS[5], completed = KEYS[6]}
local function is_lost(task_key, group, id)
  for _, set in ipairs({KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[9]}) do
    if redis.call('ZSCORE', set, id) then return false end
  end
  if group and redis.call('ZSCORE', ARGV[2] .. group, id) then return false end
  return not in_ends(KEYS[1], id) and not in_ends(KEYS[2], id)
end
-- An archive that is full takes no more: Asynq would delete others for them.
local function has_place(state, group)
  if state == 'pending' or state == 'active' then return true end
  if state == 'aggregating' then return group end
  return scored[state] and not (state == 'archived' and redis.call('ZCARD', KEYS[5]) >= 9999)
end
local function fate(task_key, state, group, readable)
  if redis.call('HEXISTS', task_key, 'msg') == 0 and is_bare(task_key) then return 3 end
  return readable and has_place(state, group) and 1 or 2
end
local function put_back(task_key, state, group, id)
  if state == 'pending' then
    redis.call('HSET', task_key, 'pending_since', ARGV[5])
    redis.call('LPUSH', KEYS[1], id)
  elseif state == 'active' then
    redis.call('ZADD', KEYS[8], ARGV[6], id)
    redis.call('LPUSH', KEYS[2], id)
  elseif state == 'aggregating' then
    redis.call('SADD', KEYS[7], group)
    redis.call('ZADD', ARGV[2] .. group, ARGV[4], id)
  else
    -- Completed tasks can be seen for another day.
    redis.call('ZADD', scored[state], ARGV[4] + (state == 'completed' and 86400 or 0), id)
  end
end
local codes = {}
for i = 7, #ARGV, 4 do
  local id, state, since, readable = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3] == '1'
  local task_key = ARGV[1] .. id
  -- pcall: a key of another type is not a task.
  local stored = redis.pcall('HMGET', task_key, 'state', 'pending_since', 'group')
  local group = not stored.err and stored[3] ~= '' and stored[3]
  local same = not stored.err and (stored[1] or '') == state and (stored[2] or '') == since
  local lost = same and redis.call('EXISTS', task_key) == 1 and is_lost(task_key, group, id)
  local code = lost and fate(task_key, state, group, readable) or 0
  if ARGV[3] ~= '1' then
    if code == 1 then put_back(task_key, state, group, id) end
    if code == 2 then set_aside(KEYS[9], task_key, id) end
    if code == 3 then redis.call('DEL', task_key) end
  end
  codes[#codes + 1] = code
end
return codes
