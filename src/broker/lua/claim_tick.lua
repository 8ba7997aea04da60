-- Claims one tick of a schedule for lease_ms, so that no other scheduler fires it.
-- KEYS: schedule
-- ARGV: revision tick owner lease_ms ahead_ms
-- Returns: {code, number}: {1, 0} claimed, {0, last fired tick} already fired, {-1, 0} the schedule has
--   changed, {-2, ms until the claim of another scheduler expires}, {-3, ms by which the tick is ahead of this
--   server's clock, if that is more than ahead_ms}
local known = redis.call('HMGET', KEYS[1], 'revision', 'fired', 'claim', 'paused')
if known[1] ~= ARGV[1] or known[4] == '1' then return {-1, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tick = tonumber(ARGV[2])
local ahead = tick * 1000 - now
if ahead > tonumber(ARGV[5]) then return {-3, ahead} end
local fired = tonumber(known[2] or '')
-- No scheduler fires a tick so far ahead, so this server's clock was wrong when it was fired.
if fired and fired * 1000 - now > tonumber(ARGV[5]) then
  redis.call('HDEL', KEYS[1], 'fired')
  fired = nil
end
if fired and tick <= fired then return {0, fired} end
-- "until owner": the time comes first, because an owner may contain any character.
local held_until, owner = string.match(known[3] or '', '^(%d+) (.*)$')
if owner and owner ~= ARGV[3] and tonumber(held_until) > now then
  return {-2, tonumber(held_until) - now}
end
redis.call('HSET', KEYS[1], 'claim', string.format('%.0f ', now + tonumber(ARGV[4])) .. ARGV[3])
return {1, 0}
