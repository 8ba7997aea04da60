-- Reads a page of the active list and returns the ids without a lease.
-- KEYS: active lease
-- ARGV: start stop
-- Returns: ids, then the number of ids in the page
local found = {}
local page = redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])
for _, id in ipairs(page) do
  if not redis.call('ZSCORE', KEYS[2], id) then found[#found + 1] = id end
end
found[#found + 1] = tostring(#page)
return found
