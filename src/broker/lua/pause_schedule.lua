-- Pauses or resumes a schedule. Ticks of the pause are not caught up.
-- KEYS: version schedule
-- ARGV: paused revision now_ms by
-- Returns: 1 changed, 0 unchanged, -1 there is no such schedule
local paused = redis.call('HGET', KEYS[2], 'paused')
if not paused then return -1 end
if paused == ARGV[1] then return 0 end
-- A full Redis refuses a write that needs memory unless the script has written before: HDEL of no field goes first.
redis.call('HDEL', KEYS[2], '')
redis.call('HSET', KEYS[2], 'paused', ARGV[1], 'revision', ARGV[2], 'changed_at', ARGV[3], 'changed_by', ARGV[4])
if ARGV[1] == '0' then redis.call('HSET', KEYS[2], 'since', ARGV[3]) end
redis.call('SET', KEYS[1], ARGV[2])
return 1
