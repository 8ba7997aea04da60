-- Stores tasks in the states that they had elsewhere, unless their ids or uniqueness locks are taken.
-- Uses: admit
-- KEYS: pending scheduled retry archived completed aside groups
-- ARGV: task_prefix group_prefix receipt receipt_seconds place run mode (mark id message state score pending_since group
-- unique_key lock_ends_ms has_result result)...
-- The mode is "again" if tasks that another run has stored and that are gone are stored again, "final" if a refusal is final,
-- "look" or "look again" if nothing is stored. The end of a lock is empty without one, and "never" for one that stays.
-- Returns: for each task: 1 stored, 2 the same message is there already, 3 stored by another run, 4 stored by another run and
-- gone since, 5 stored by an earlier call of this run, 0 id taken, -1 duplicate, or an error

-- The receipt has twelve bytes for each task: its mark, and the run that has stored it, or zeros. A task that was stored may
-- have been processed since, so that nothing else is left of it.
local MARK, WIDTH, FIRST, FIELDS = 8, 12, 7, 11
local run, nobody = ARGV[6], string.rep('\0', 4)
local only_look = string.find(ARGV[7], '^look') ~= nil
-- A task that is refused for good may be back in another queue: it must never be stored later.
local refused = ARGV[7] == 'final' and {[0] = 'id-0', [-1] = 'lock'} or {}
local containers = {
  pending = KEYS[1], scheduled = KEYS[2], retry = KEYS[3], archived = KEYS[4], completed = KEYS[5], aside = KEYS[6],
}
local count = (#ARGV - FIRST) / FIELDS
local from = tonumber(ARGV[5]) * WIDTH
-- pcall: a user without the right to read or write receipts may do the rest all the same.
local before = redis.pcall('GETRANGE', ARGV[3], from, from + count * WIDTH - 1)
if type(before) ~= 'string' then before = '' end

-- Adds the id to its container; returns an error, and how to take it out again.
local function add(state, id, score, group)
  if state == 'pending' then
    return redis.pcall('LPUSH', KEYS[1], id), 'LPOP', {KEYS[1]}
  end
  local key = containers[state]
  if state == 'aggregating' then
    key = ARGV[2] .. group
    local named = redis.pcall('SADD', KEYS[7], group)
    if type(named) == 'table' then return named end
  end
  return redis.pcall('ZADD', key, score, id), 'ZREM', {key, id}
end

local function put(id, message, state, score, since, group, unique_key, lock_ends, has_result, result)
  local task_key = ARGV[1] .. id
  local is_bare = state == 'aside' and message == ''
  if state == 'aside' and redis.pcall('ZSCORE', KEYS[6], id) and (is_bare or redis.pcall('HGET', task_key, 'msg') == message) then
    return 2
  end
  local code = admit(task_key, nil, id, message, '0', only_look)
  if code ~= 1 then return code end
  if lock_ends ~= '' then
    local owner = redis.pcall('GET', unique_key)
    if owner and owner ~= id then return -1 end
  end
  if only_look then
    local container = state == 'aggregating' and ARGV[2] .. group or containers[state]
    local size = redis.pcall(state == 'pending' and 'LLEN' or 'ZCARD', container)
    return type(size) == 'table' and size or 1
  end
  -- The container first: when that fails, nothing else is there yet.
  local added, undo, undo_args = add(state, id, score, group)
  if type(added) == 'table' then return added end
  if is_bare then return 1 end
  local fields = {'msg', message, 'state', state}
  local function field(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if state == 'pending' then field('pending_since', since) end
  if group ~= '' then field('group', group) end
  if unique_key ~= '' then field('unique_key', unique_key) end
  if has_result == '1' then field('result', result) end
  local written = redis.pcall('HSET', task_key, unpack(fields))
  if type(written) == 'table' then
    -- Without the right to write hashes: an id without its hash must not stay.
    redis.call(undo, unpack(undo_args))
    return written
  end
  if lock_ends == 'never' then
    redis.call('SET', unique_key, id)
  elseif lock_ends ~= '' then
    redis.call('SET', unique_key, id, 'PXAT', lock_ends)
  end
  return 1
end

-- What the receipt says of a task; nil if nobody has stored it. The second value is the run that has.
local function stored_before(task, mark, id, state)
  local line = string.sub(before, (task - 1) * WIDTH + 1, task * WIDTH)
  local by = string.sub(line, MARK + 1)
  if string.sub(line, 1, MARK) ~= mark or #by < WIDTH - MARK or by == nobody then return nil end
  for code, word in pairs(refused) do
    if by == word then return code, by end
  end
  if by == run then return 5, by end
  local is_there = redis.pcall('EXISTS', ARGV[1] .. id) == 1 or state == 'aside' and type(redis.pcall('ZSCORE', KEYS[6], id)) == 'string'
  if is_there then return 3, by end
  if not string.find(ARGV[7], 'again$') then return 4, by end
end

local codes, receipt = {}, {}
for task = 1, count do
  local at = FIRST + (task - 1) * FIELDS
  local mark = ARGV[at + 1]
  local code, by = stored_before(task, mark, ARGV[at + 2], ARGV[at + 4])
  if not code then
    code = put(unpack(ARGV, at + 2, at + FIELDS))
    by = type(code) == 'number' and (code > 0 and run or refused[code]) or nobody
  end
  codes[task] = code
  receipt[task] = mark .. by
end
if only_look then return codes end
redis.pcall('SETRANGE', ARGV[3], from, table.concat(receipt))
redis.pcall('EXPIRE', ARGV[3], ARGV[4])
return codes
