-- Shared by scripts that store one new task. Their first KEYS and ARGV are the same:
-- KEYS: task container groups unique_lock
-- ARGV: id message state at group lock_seconds
-- Uses: admit

-- Stores the task. Returns 1, a code of `admit`, or an error; unless it is 1, nothing is written.
local function store()
  local admitted = admit(KEYS[1], KEYS[4], ARGV[1], ARGV[2], ARGV[6])
  if admitted ~= 1 then return admitted end
  local fields = {'msg', ARGV[2], 'state', ARGV[3]}
  -- The container first: when that fails, nothing else is there yet.
  if ARGV[3] == 'pending' then
    redis.call('LPUSH', KEYS[2], ARGV[1])
    fields[5], fields[6] = 'pending_since', ARGV[4]
  else
    if ARGV[3] == 'aggregating' then
      redis.call('SADD', KEYS[3], ARGV[5])
      fields[5], fields[6] = 'group', ARGV[5]
    end
    redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
  end
  local written = redis.pcall('HSET', KEYS[1], unpack(fields))
  if type(written) == 'table' then
    -- Without the right to write hashes: an id without its hash must not stay.
    if ARGV[3] == 'pending' then
      redis.call('LPOP', KEYS[2])
    else
      redis.call('ZREM', KEYS[2], ARGV[1])
    end
    return written
  end
  take_lock(KEYS[1], KEYS[4], ARGV[1], ARGV[6])
  return 1
end
