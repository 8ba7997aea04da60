-- Takes tokens of a limit on how many tasks of a scope begin in a time: from a bucket that holds so many of them and gains
-- one each interval, by Redis's clock. Stored is the microsecond since which the tokens in it have gathered; a full bucket
-- is not stored.
-- KEYS: bucket
-- ARGV: interval_in_microseconds size wanted
-- Returns: how many were taken, below zero if so many were wanted, which gives them back; microseconds until the next one
local time = redis.call('TIME')
local now, interval = time[1] * 1000000 + time[2], tonumber(ARGV[1])
local full = ARGV[2] * interval
-- After the clock was set back, tokens gather again at once.
local since = math.min(tonumber(redis.call('GET', KEYS[1]) or '') or 0, now)
since = math.max(since, now - full)
local taken = math.min(tonumber(ARGV[3]), math.floor((now - since) / interval))
since = math.max(since + taken * interval, now - full)
local expires = math.ceil((since + full - now) / 1000) + 1
redis.call('SET', KEYS[1], string.format('%.0f', since), 'PX', expires)
return {taken, math.max(0, since + interval - now)}
