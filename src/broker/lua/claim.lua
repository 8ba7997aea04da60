-- Moves tasks from pending to active, each under a lease, unless the queue is paused.
-- An id without a message can never be processed, so it is dropped on the way. It ends early when the
-- messages are large.
-- KEYS: pending active lease paused
-- ARGV: task_prefix lease_ends_at limit
-- Returns: how many ids it has looked at; id and message of each claimed task, in turn
if redis.call('EXISTS', KEYS[4]) == 1 then return {0, {}} end
local ids = redis.call('LRANGE', KEYS[1], -ARGV[3], -1)
local claimed, active, ghosts, seen = {}, {}, {}, {}
-- Redis keeps a small sorted set as a list, and looks through it for each new member. A long member makes
-- it a tree, and is gone a moment later: of a large batch that spares a third of the work.
local long = #ids > 16 and string.rep('\0', 65)
local leases = long and {ARGV[2], long} or {}
local looked, bytes = 0, 0
for at = #ids, 1, -1 do
  if bytes > 1048576 then break end
  looked = looked + 1
  local id = ids[at]
  local task_key = ARGV[1] .. id
  -- pcall: whatever else lies at this key must not stop the others.
  local message = redis.pcall('HGET', task_key, 'msg')
  if type(message) == 'string' and not seen[id] then
    seen[id] = true
    bytes = bytes + #message
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = message
    active[#active + 1] = id
    leases[#leases + 1] = ARGV[2]
    leases[#leases + 1] = id
  elseif message == false then
    ghosts[#ghosts + 1] = task_key
  end
end
-- In a full Redis the first of these fails, before anything has been taken away.
if #active > 0 then
  redis.call('LPUSH', KEYS[2], unpack(active))
  redis.call('ZADD', KEYS[3], unpack(leases))
  if long then redis.call('ZREM', KEYS[3], long) end
  for _, id in ipairs(active) do
    redis.call('HSET', ARGV[1] .. id, 'state', 'active')
    redis.call('HDEL', ARGV[1] .. id, 'pending_since')
  end
end
if looked > 0 then redis.call('LTRIM', KEYS[1], 0, -(looked + 1)) end
if #ghosts > 0 then redis.call('DEL', unpack(ghosts)) end
return {looked, claimed}
