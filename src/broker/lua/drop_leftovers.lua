-- Deletes counters, the pause and notes of a queue that has no tasks.
-- KEYS: pending active scheduled retry archived completed aside groups aggregation_sets moving
-- ARGV: dry_run key...
-- Returns: 1 repaired, 0 not
local containers = redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10])
if containers > 0 then return 0 end
if ARGV[1] ~= '1' and #ARGV > 1 then redis.call('UNLINK', unpack(ARGV, 2)) end
return 1
