-- Deletes the history of a scheduler entry, unless it expires anyway.
-- KEYS: history
-- ARGV: dry_run
-- Returns: 1 deleted, 0 not
if redis.call('TTL', KEYS[1]) ~= -1 then return 0 end
if ARGV[1] ~= '1' then redis.call('UNLINK', KEYS[1]) end
return 1
