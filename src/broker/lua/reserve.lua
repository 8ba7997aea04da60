-- Makes room for a task that is to come from another queue: takes its uniqueness lock.
-- KEYS: task unique_lock
-- ARGV: id lock_ms (empty without a lock, -1 for one without an end)
-- Returns: 1 there is room, 0 id taken, -1 duplicate
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if ARGV[2] == '' then return 1 end
local owner = redis.pcall('GET', KEYS[2])
if owner and owner ~= ARGV[1] then return -1 end
if ARGV[2] == '-1' then
  redis.call('SET', KEYS[2], ARGV[1])
else
  redis.call('SET', KEYS[2], ARGV[1], 'PX', math.max(tonumber(ARGV[2]), 1))
end
return 1
