-- Writes the state of the container into tasks whose state contradicts it. An active task without a lease gets one that is
-- over, so that it is recovered. Does nothing to a task that has left the container or has changed.
-- KEYS: container lease
-- ARGV: task_prefix kind state group dry_run now_ns lease_ends_at (id state)... (kind is list or zset)
-- Returns: for each task 1 repaired, 0 not
local codes = {}
for i = 8, #ARGV, 2 do
  local id, task_key = ARGV[i], ARGV[1] .. ARGV[i]
  local stored = redis.pcall('HMGET', task_key, 'state', 'msg', 'pending_since', 'group')
  local wrong = not stored.err and stored[2] and (stored[1] or '') == ARGV[i + 1]
  -- Lists are not searched: every move out of one writes another state.
  wrong = wrong and (ARGV[2] == 'list' or redis.call('ZSCORE', KEYS[1], id))
  if wrong and ARGV[5] ~= '1' then
    if ARGV[3] == 'active' then redis.call('ZADD', KEYS[2], 'NX', ARGV[7], id) end
    redis.call('HSET', task_key, 'state', ARGV[3])
    if ARGV[3] == 'pending' and not stored[3] then redis.call('HSET', task_key, 'pending_since', ARGV[6]) end
    if ARGV[4] ~= '' then redis.call('HSET', task_key, 'group', ARGV[4]) end
  end
  codes[#codes + 1] = wrong and 1 or 0
end
return codes
