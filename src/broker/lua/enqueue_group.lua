-- Stores a new task that waits in a group, unless its id or its uniqueness lock is taken.
-- Uses: admit
-- KEYS: task group groups unique_lock
-- ARGV: id message now group_name lock_seconds
-- Returns: 1 stored, 2 the same message is there already, 0 id taken, -1 duplicate
local stored = admit(KEYS[1], KEYS[4], ARGV[1], ARGV[2], ARGV[5])
if stored ~= 1 then return stored end
-- The container first: when that fails, nothing else is there yet.
redis.call('SADD', KEYS[3], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local written = redis.pcall('HSET', KEYS[1], 'msg', ARGV[2], 'state', 'aggregating', 'group', ARGV[4])
if type(written) == 'table' then
  -- Our user may not write hashes: an id without one must not stay.
  redis.call('ZREM', KEYS[2], ARGV[1])
  return written
end
take_lock(KEYS[1], KEYS[4], ARGV[1], ARGV[5])
return 1
