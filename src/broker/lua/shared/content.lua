-- Shared by scripts that read what was set aside.

-- The value of a key: the message of a task, the fields of a hash as JSON, the start of a string; otherwise its type.
local function content(key)
  local message = redis.pcall('HGET', key, 'msg')
  if type(message) == 'string' then return message end
  local kind = redis.call('TYPE', key).ok
  if kind == 'string' then return redis.call('GETRANGE', key, 0, 1048575) end
  if kind ~= 'hash' then return kind ~= 'none' and '(' .. kind .. ')' or '' end
  local fields, bytes = {}, 0
  local found = redis.call('HSCAN', key, 0, 'COUNT', 100)[2]
  for i = 1, #found, 2 do
    bytes = bytes + #found[i] + #found[i + 1]
    if bytes > 1048576 then break end
    fields[found[i]] = found[i + 1]
  end
  return cjson.encode(fields)
end
