-- Shared by scripts that find an id without a message: what cannot be understood is set aside instead of dropped.

-- The ids that were set aside; scripts return them.
local set_aside_ids = {}

-- Whether there is anything to keep of an id: not if it is what a deleted task leaves behind, an ordinary id whose key does
-- not exist. Asynq before 0.18 stored whole messages in its lists, so an id with a brace or a control character is data by
-- itself, and so is one that begins as a JSON list or text.
local function has_data(task_key, id)
  return redis.call('EXISTS', task_key) == 1 or string.find(id, '[%c{]') ~= nil or string.find(id, '^[%["]') ~= nil
end

-- Records an id that its caller removes from a container, if there is anything to keep. The key stays as it is.
local function set_aside(aside, task_key, id)
  if not has_data(task_key, id) then return end
  -- pcall: without the right to TIME, the score says nothing.
  redis.call('ZADD', aside, 'NX', redis.pcall('TIME')[1] or 0, id)
  -- pcall: a key of another type has no fields.
  if redis.pcall('HEXISTS', task_key, 'msg') == 1 then redis.call('HSET', task_key, 'state', 'aside') end
  set_aside_ids[#set_aside_ids + 1] = id
end
