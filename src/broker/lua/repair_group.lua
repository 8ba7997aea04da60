-- Lists a group that holds tasks and is not listed, or removes the name of one without tasks.
-- KEYS: groups group
-- ARGV: group_name dry_run
-- Returns: 1 repaired, 0 not
local exists, listed = redis.call('EXISTS', KEYS[2]), redis.call('SISMEMBER', KEYS[1], ARGV[1])
if exists == listed then return 0 end
if ARGV[2] ~= '1' then redis.call(exists == 1 and 'SADD' or 'SREM', KEYS[1], ARGV[1]) end
return 1
