-- Shared by scripts that end attempts: the day's and the total counters.

-- Adds n. pcall: a full Redis must not stop a settlement half-way, and a total at the largest integer restarts at n, as in
-- Asynq. Returns whether the total restarted.
local function count(n, total, day, day_expires_at)
  if n == 0 then return false end
  if redis.pcall('INCRBY', day, n) == n then
    redis.call('EXPIREAT', day, day_expires_at)
  end
  local sum = redis.pcall('INCRBY', total, n)
  local over = type(sum) == 'table' and string.find(sum.err, 'overflow') ~= nil
  if over then redis.pcall('SET', total, n) end
  return over
end
