-- Stores a schedule, or replaces the one of the same name.
-- KEYS: names version schedule
-- ARGV: name definition timing revision now_ms by paused may_replace
-- Returns: 1 added, 2 replaced, 3 unchanged, 0 another schedule has the name and may_replace is not 1
local known = redis.call('HMGET', KEYS[3], 'definition', 'timing', 'paused')
local paused = ARGV[7] == '1' or (ARGV[7] == '' and known[3] == '1')
local same = known[1] == ARGV[2] and paused == (known[3] == '1')
if same then return 3 end
if known[1] and ARGV[8] ~= '1' then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[3], 'definition', ARGV[2], 'timing', ARGV[3], 'revision', ARGV[4],
  'paused', paused and '1' or '0', 'changed_at', ARGV[5], 'changed_by', ARGV[6])
-- Ticks of the old times, or of the pause, are not caught up. The claim of a tick that is being fired stays.
if known[2] ~= ARGV[3] or (known[3] == '1' and not paused) then
  redis.call('HSET', KEYS[3], 'since', ARGV[5])
end
redis.call('SET', KEYS[2], ARGV[4])
return known[1] and 2 or 1
