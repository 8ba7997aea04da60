-- Reads active tasks whose lease has expired. An id without a message can never be settled: it is set aside or, if there is
-- nothing to keep, dropped. The script ends early when the messages are large.
-- Uses: aside copies
-- KEYS: lease active aside
-- ARGV: task_prefix lease_before limit
-- Returns: how many ids were looked at; id and message of each task, in turn; the ids set aside; for each task how many
--   attempts before this one have lost their lease, as far as it is known
local found, lost, bytes, looked = {}, {}, 0, 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])) do
  looked = looked + 1
  local message = redis.pcall('HGET', ARGV[1] .. id, 'msg')
  if type(message) == 'string' then
    found[#found + 1] = id
    found[#found + 1] = message
    lost[#lost + 1] = tonumber(redis.call('HGET', ARGV[1] .. id, 'qctl_lost') or '') or 0
    bytes = bytes + #message
  else
    if not remove_copies(KEYS[2], id) then break end
    set_aside(KEYS[3], ARGV[1] .. id, id)
    redis.call('ZREM', KEYS[1], id)
    redis.pcall('HDEL', ARGV[1] .. id, 'qctl_claim', 'qctl_lost')
    bytes = bytes + #id
  end
  if bytes > 1048576 then break end
end
return {looked, found, set_aside_ids, lost}
