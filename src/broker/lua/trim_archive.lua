-- Deletes archived tasks that are too old or too many.
-- Uses: trim
-- KEYS: archived aside
-- ARGV: task_prefix now limit
-- Returns: how many; the ids set aside
local deleted = trim(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
return {deleted, set_aside_ids}
