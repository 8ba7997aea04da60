-- Claims one tick of a schedule for a while, so that no other scheduler fires it.
-- KEYS: schedule
-- ARGV: revision tick owner lease_ms ahead_ms
-- Returns: {code, number}: {1, 0} claimed, {0, last fired tick}, {-1, 0} it has changed, {-2, ms for
--   which another holds a claim}, {-3, ms by which the tick is ahead of this server's clock}
local known = redis.call('HMGET', KEYS[1], 'revision', 'fired', 'claim', 'paused')
if known[1] ~= ARGV[1] or known[4] == '1' then return {-1, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tick = tonumber(ARGV[2])
local ahead = tick * 1000 - now
if ahead > tonumber(ARGV[5]) then return {-3, ahead} end
local fired = tonumber(known[2] or '')
-- No tick so far ahead is fired, so this clock was wrong then.
if fired and fired * 1000 - now > tonumber(ARGV[5]) then
  redis.call('HDEL', KEYS[1], 'fired')
  fired = nil
end
if fired and tick <= fired then return {0, fired} end
-- "until owner": the end comes first, for an owner may be called anything.
local held_until, owner = string.match(known[3] or '', '^(%d+) (.*)$')
if owner and owner ~= ARGV[3] and tonumber(held_until) > now then
  return {-2, tonumber(held_until) - now}
end
redis.call('HSET', KEYS[1], 'claim', string.format('%.0f ', now + tonumber(ARGV[4])) .. ARGV[3])
return {1, 0}
