-- Writes pending_since in nanoseconds: a time in seconds, milliseconds or microseconds is converted, another becomes the
-- present. Does nothing to a task that has changed.
-- KEYS: pending
-- ARGV: task_prefix dry_run now_ns (id pending_since)...
-- Returns: for each task 1 repaired, 0 not
local codes, some = {}, redis.call('LLEN', KEYS[1]) > 0
for i = 4, #ARGV, 2 do
  local task_key, since = ARGV[1] .. ARGV[i], ARGV[i + 1]
  local stored = redis.pcall('HMGET', task_key, 'state', 'pending_since')
  local wrong = some and not stored.err and stored[1] == 'pending' and (stored[2] or '') == since
  if wrong and ARGV[2] ~= '1' then
    local right = ARGV[3]
    -- Ten digits are seconds, thirteen milliseconds, sixteen microseconds.
    if string.find(since, '^%d+$') and (#since == 10 or #since == 13 or #since == 16) then
      right = since .. string.rep('0', 19 - #since)
    end
    redis.call('HSET', task_key, 'pending_since', right)
  end
  codes[#codes + 1] = wrong and 1 or 0
end
return codes
