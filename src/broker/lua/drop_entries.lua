-- Removes announcements that ended before a time.
-- KEYS: set
-- ARGV: before dry_run member...
-- Returns: for each member 1 removed, 0 not
local codes = {}
for i = 3, #ARGV do
  local ends_at = redis.call('ZSCORE', KEYS[1], ARGV[i])
  local over = ends_at and tonumber(ends_at) <= tonumber(ARGV[1])
  if over and ARGV[2] ~= '1' then redis.call('ZREM', KEYS[1], ARGV[i]) end
  codes[#codes + 1] = over and 1 or 0
end
return codes
