-- Deletes counters, the pause and notes of a queue that has no tasks.
-- KEYS: pending active scheduled retry archived completed aside groups aggregation_sets moving
-- ARGV: dry_run key...
-- Returns: 1 repaired, 0 not
local containers = redis.call('EXISTS', unpack(KEYS))
if containers > 0 then return 0 end
if ARGV[1] ~= '1' and #ARGV > 1 then redis.call('UNLINK', unpack(ARGV, 2)) end
return 1
