-- Deletes archived tasks that are over age or over number.
-- Uses: trim
-- KEYS: archived
-- ARGV: task_prefix now limit
-- Returns: how many
return trim(KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
