-- Shared by scripts that read fields of a message.

-- The text of field `wanted` of a protobuf message; nil if it is absent or the bytes are not a message.
local function text_field(message, wanted)
  local at, length = 1, #message
  local function varint()
    local value, scale = 0, 1
    repeat
      local byte = string.byte(message, at)
      if not byte or scale > 2 ^ 63 then return nil end
      at = at + 1
      value = value + (byte % 128) * scale
      scale = scale * 128
    until byte < 128
    return value
  end
  while at <= length do
    local tag = varint()
    if not tag then return nil end
    local wire = tag % 8
    if wire == 2 then
      local size = varint()
      if not size or at + size - 1 > length then return nil end
      if (tag - wire) / 8 == wanted then return string.sub(message, at, at + size - 1) end
      at = at + size
    elseif wire == 0 then
      if not varint() then return nil end
    elseif wire == 1 then
      at = at + 8
    elseif wire == 5 then
      at = at + 4
    else
      return nil
    end
  end
  return nil
end
