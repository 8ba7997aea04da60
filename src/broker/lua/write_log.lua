-- Writes what an attempt has printed so far, as its entry in the log of its task, at first the last one. Older entries make room, and older logs.
-- KEYS: log logs log_sizes
-- ARGV: id token entry now lifetime max_log max_logs log_prefix
-- Returns: nothing
-- An empty entry removes what was written before. Entries begin with the token of their attempt, and a line feed.
local id, entry = ARGV[1], ARGV[3]
local lifetime, max_log, max_logs = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local before = tonumber(redis.call('HGET', KEYS[3], id) or '0')
local count = redis.call('LLEN', KEYS[1])
local size = count > 0 and before or 0
local mine = ARGV[2] .. '\n'
-- The next attempt may have written already: that of a worker which has lost its lease ends beside it.
local at, written, read = nil, nil, 0
for back = 1, math.min(count, 10) do
  local other = redis.call('LINDEX', KEYS[1], -back)
  if string.sub(other, 1, #mine) == mine then
    at, written = -back, other
    break
  end
  read = read + #other
  if read > 1000000 then break end
end
if at then
  size = size - #written
  if entry == '' then redis.call('LREM', KEYS[1], -1, written) else redis.call('LSET', KEYS[1], at, entry) end
elseif entry ~= '' then
  redis.call('RPUSH', KEYS[1], entry)
end
size = size + #entry
for _ = 1, 10 do
  if size <= max_log or redis.call('LLEN', KEYS[1]) < 2 then break end
  size = size - #redis.call('LPOP', KEYS[1])
end
local sum = redis.call('HINCRBY', KEYS[3], '', size - before)
if size > 0 then
  redis.call('HSET', KEYS[3], id, size)
  redis.call('ZADD', KEYS[2], ARGV[4], id)
  redis.call('EXPIRE', KEYS[1], lifetime)
else
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
end
-- The oldest, if they have expired or are too much.
local oldest = redis.call('ZRANGE', KEYS[2], 0, 9, 'WITHSCORES')
for at = 1, #oldest, 2 do
  local expired = tonumber(oldest[at + 1]) + lifetime < tonumber(ARGV[4])
  if oldest[at] == id or not (expired or sum > max_logs) then break end
  sum = redis.call('HINCRBY', KEYS[3], '', -tonumber(redis.call('HGET', KEYS[3], oldest[at]) or '0'))
  redis.call('HDEL', KEYS[3], oldest[at])
  redis.call('ZREM', KEYS[2], oldest[at])
  redis.call('UNLINK', ARGV[8] .. oldest[at])
end
redis.call('EXPIRE', KEYS[2], lifetime)
redis.call('EXPIRE', KEYS[3], lifetime)
