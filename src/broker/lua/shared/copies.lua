-- Shared by scripts that remove every copy of an id from a list: each copy is searched for through the whole list.

-- Whether this call may scan the list once more. The first scan is always allowed, so that each call gets on.
local scanned = 0
local function may_scan(list)
  local length = redis.call('LLEN', list)
  if scanned > 0 and scanned + length > 200000 then return false end
  scanned = scanned + length
  return true
end
