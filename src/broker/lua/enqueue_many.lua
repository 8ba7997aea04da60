-- Stores new tasks, each pending or waiting for its start, unless its id is taken.
-- Uses: admit
-- KEYS: pending scheduled
-- ARGV: task_prefix now_ns (and of each task: id message start_at, which is 0 for now)
-- Returns: for each task: 1 stored, 2 the same message is there already, 0 id taken, or an error
local codes, ready, due, messages, task_keys = {}, {}, {}, {}, {}
for at = 3, #ARGV, 3 do task_keys[#task_keys + 1] = ARGV[1] .. ARGV[at] end
-- One look tells of the usual case, in which every id is new.
local all_new = redis.call('EXISTS', unpack(task_keys)) == 0
for at = 3, #ARGV, 3 do
  local id, message = ARGV[at], ARGV[at + 1]
  local code
  if messages[id] then
    code = messages[id] == message and 2 or 0
  else
    code = all_new and 1 or admit(task_keys[at / 3], nil, id, message, '0')
  end
  if code == 1 then
    messages[id] = message
    if ARGV[at + 2] == '0' then
      ready[#ready + 1] = id
    else
      due[#due + 1] = ARGV[at + 2]
      due[#due + 1] = id
    end
  end
  codes[#codes + 1] = code
end
-- The containers first: when the first fails, nothing else is there yet.
if #ready > 0 then redis.call('LPUSH', KEYS[1], unpack(ready)) end
if #due > 0 then
  local added = redis.pcall('ZADD', KEYS[2], unpack(due))
  if type(added) == 'table' then
    for _ = 1, #ready do redis.call('LPOP', KEYS[1]) end
    return added
  end
end
for at = 3, #ARGV, 3 do
  local place, id, start_at = at / 3, ARGV[at], ARGV[at + 2]
  if codes[place] == 1 then
    local written
    if start_at == '0' then
      written = redis.pcall('HSET', task_keys[place], 'msg', ARGV[at + 1], 'state', 'pending', 'pending_since', ARGV[2])
    else
      written = redis.pcall('HSET', task_keys[place], 'msg', ARGV[at + 1], 'state', 'scheduled')
    end
    if type(written) == 'table' then
      -- Our user may not write this hash: an id without one must not stay.
      if start_at == '0' then
        redis.call('LREM', KEYS[1], 1, id)
      else
        redis.call('ZREM', KEYS[2], id)
      end
      codes[place] = written
    end
  end
end
return codes
