-- Stores a new task and makes it pending, unless its id or its uniqueness lock is taken.
-- Uses: admit
-- KEYS: task pending unique_lock
-- ARGV: id message now_ns lock_seconds
-- Returns: 1 stored, 2 the same message is there already, 0 id taken, -1 duplicate
local stored = admit(KEYS[1], KEYS[3], ARGV[1], ARGV[2], ARGV[4])
if stored ~= 1 then return stored end
-- The container first: when that fails, nothing else is there yet.
redis.call('LPUSH', KEYS[2], ARGV[1])
local written = redis.pcall('HSET', KEYS[1], 'msg', ARGV[2], 'state', 'pending', 'pending_since', ARGV[3])
if type(written) == 'table' then
  -- Our user may not write hashes: an id without one must not stay.
  redis.call('LPOP', KEYS[2])
  return written
end
take_lock(KEYS[1], KEYS[3], ARGV[1], ARGV[4])
return 1
