-- Reads the hashes of tasks, whatever is there.
-- Uses: bare
-- KEYS: lease
-- ARGV: task_prefix max_bytes id...
-- Returns: for each id, or for the first ones if messages are large: none, hash, bare (nothing in it but a state) or another type;
-- state, group, unique_key, pending_since, message unless it is longer than max_bytes, its length, length of the result, lease
local rows, bytes = {}, 0
for i = 3, #ARGV do
  local key = ARGV[1] .. ARGV[i]
  local kind, stored, length, result, message = 'hash', redis.pcall('HMGET', key, 'state', 'group', 'unique_key', 'pending_since'), 0, 0, false
  if stored.err then
    kind = redis.call('TYPE', key).ok
    if kind == 'hash' then error(stored.err, 0) end
    stored = {}
  else
    length, result = redis.call('HSTRLEN', key, 'msg'), redis.call('HSTRLEN', key, 'result')
    if length > 0 and length <= tonumber(ARGV[2]) then message = redis.call('HGET', key, 'msg') end
    if length == 0 then
      kind = redis.call('EXISTS', key) == 0 and 'none' or is_bare(key) and 'bare' or 'hash'
    end
  end
  rows[#rows + 1] = kind
  for field = 1, 4 do rows[#rows + 1] = stored[field] or false end
  rows[#rows + 1] = message
  rows[#rows + 1] = length
  rows[#rows + 1] = result
  -- pcall: the key of the leases may hold anything.
  local lease = redis.pcall('ZSCORE', KEYS[1], ARGV[i])
  rows[#rows + 1] = type(lease) == 'string' and lease
  bytes = bytes + length
  if message and bytes > 1048576 then break end
end
return rows
