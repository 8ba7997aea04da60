-- Announces the entries of a scheduler for ttl_seconds, page by page: they are collected in a draft, which takes the place of
-- what was announced with the last page.
-- KEYS: scheduler draft
-- ARGV: ttl_seconds offset is_last entry...
-- Returns: nothing
local offset = tonumber(ARGV[2])
if offset == 0 then redis.call('DEL', KEYS[2]) end
-- Otherwise the call was performed before, and its answer was lost.
if redis.call('LLEN', KEYS[2]) ~= offset then return end
if #ARGV > 3 then
  redis.call('LPUSH', KEYS[2], unpack(ARGV, 4))
  redis.call('EXPIRE', KEYS[2], ARGV[1])
end
if ARGV[3] == '1' then
  redis.call('DEL', KEYS[1])
  if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end
end
