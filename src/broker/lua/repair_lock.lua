-- Deletes a lock whose owner does not exist, or names another lock.
-- Uses: field
-- KEYS: lock
-- ARGV: task_prefix owner dry_run
-- Returns: 1 repaired, 0 not
if redis.pcall('GET', KEYS[1]) ~= ARGV[2] then return 0 end
local stored = redis.pcall('HMGET', ARGV[1] .. ARGV[2], 'msg', 'unique_key')
local message = not stored.err and stored[1]
local held = message and (stored[2] or text_field(message, 10)) == KEYS[1]
if held then return 0 end
if ARGV[3] ~= '1' then redis.call('DEL', KEYS[1]) end
return 1
