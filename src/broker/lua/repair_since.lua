-- Writes pending_since in nanoseconds: a time in seconds, milliseconds or microseconds is converted, another becomes the
-- present. Does nothing to a task that has changed.
-- KEYS: pending
-- ARGV: task_prefix dry_run now_ns (id pending_since)...
-- Returns: for each task 0 not repaired, 1 converted, 2 set to the present
local codes, some = {}, redis.call('LLEN', KEYS[1]) > 0
for i = 4, #ARGV, 2 do
  local task_key, since = ARGV[1] .. ARGV[i], ARGV[i + 1]
  local stored = redis.pcall('HMGET', task_key, 'state', 'pending_since')
  local wrong = some and not stored.err and stored[1] == 'pending' and (stored[2] or '') == since
  -- Ten digits are seconds, thirteen milliseconds, sixteen microseconds.
  local is_time = string.find(since, '^%d+$') and (#since == 10 or #since == 13 or #since == 16)
  if wrong and ARGV[2] ~= '1' then
    local right = is_time and since .. string.rep('0', 19 - #since) or ARGV[3]
    redis.call('HSET', task_key, 'pending_since', right)
  end
  codes[#codes + 1] = wrong and (is_time and 1 or 2) or 0
end
return codes
