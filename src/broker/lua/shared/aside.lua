-- Shared by scripts that find an id without a message: what cannot be understood is set aside instead of dropped.

-- The ids that were set aside; scripts return them.
local set_aside_ids = {}

-- Records an id that its caller removes from a container, unless it is what a deleted task leaves behind: an ordinary id
-- whose key does not exist. The key stays as it is. Asynq before 0.18 stored whole messages in its lists, so an id with a
-- brace or a control character is data by itself.
local function set_aside(aside, task_key, id)
  if redis.call('EXISTS', task_key) == 0 and not string.find(id, '[%c{]') then return end
  -- pcall: without the right to TIME, the score says nothing.
  redis.call('ZADD', aside, 'NX', redis.pcall('TIME')[1] or 0, id)
  -- pcall: a key of another type has no fields.
  if redis.pcall('HEXISTS', task_key, 'msg') == 1 then redis.call('HSET', task_key, 'state', 'aside') end
  set_aside_ids[#set_aside_ids + 1] = id
end
