-- Stores new tasks, each pending or scheduled, unless its id is taken.
-- Uses: admit receipt
-- KEYS: pending scheduled
-- ARGV: task_prefix now_ns receipt call (and of each task: id message start_at, which is 0 for pending)
-- Returns: for each task: 1 stored, 2 the same message is there already, 0 id taken, or an error
local codes, ready, due, seen, task_keys = {}, {}, {}, {}, {}
local before = performed(ARGV[3], ARGV[4])
if before then
  for at = 1, #before do
    codes[at] = tonumber(string.sub(before, at, at)) or {err = 'NOPERM the task could not be written'}
  end
  return codes
end
for at = 5, #ARGV, 3 do task_keys[#task_keys + 1] = ARGV[1] .. ARGV[at] end
-- Usually every id is new, and one EXISTS says so.
local all_new = redis.call('EXISTS', unpack(task_keys)) == 0
for place, task_key in ipairs(task_keys) do
  local at = 3 * place + 2
  local id, message = ARGV[at], ARGV[at + 1]
  local code
  if seen[id] then
    code = 0
  else
    code = all_new and 1 or admit(task_key, nil, id, message, '0')
  end
  if code == 1 then
    seen[id] = true
    if ARGV[at + 2] == '0' then
      ready[#ready + 1] = id
    else
      due[#due + 1] = ARGV[at + 2]
      due[#due + 1] = id
    end
  end
  codes[place] = code
end
if #ready + #due == 0 then return codes end
-- The containers first: when the first fails, nothing else is there yet.
if #ready > 0 then redis.call('LPUSH', KEYS[1], unpack(ready)) end
if #due > 0 then
  local added = redis.pcall('ZADD', KEYS[2], unpack(due))
  if type(added) == 'table' then
    for _ = 1, #ready do redis.call('LPOP', KEYS[1]) end
    return added
  end
end
local receipt = {}
for place, task_key in ipairs(task_keys) do
  local at = 3 * place + 2
  local id, start_at = ARGV[at], ARGV[at + 2]
  -- 2 becomes 0: a message that was there before the first attempt is another's, and its id is taken.
  receipt[place] = codes[place] == 1 and '1' or '0'
  if codes[place] == 1 then
    local written
    if start_at == '0' then
      written = redis.pcall('HSET', task_key, 'msg', ARGV[at + 1], 'state', 'pending', 'pending_since', ARGV[2])
    else
      written = redis.pcall('HSET', task_key, 'msg', ARGV[at + 1], 'state', 'scheduled')
    end
    if type(written) == 'table' then
      -- Without the right to write this hash: an id without it must not stay.
      if start_at == '0' then
        redis.call('LREM', KEYS[1], 1, id)
      else
        redis.call('ZREM', KEYS[2], id)
      end
      codes[place], receipt[place] = written, 'x'
    end
  end
end
leave_receipt(ARGV[3], ARGV[4], table.concat(receipt))
return codes
