-- Shared by scripts that remove every copy of an id from a list, which takes a scan of the whole list.

-- Whether this call may scan the list again. The first scan is always allowed, so that every call makes progress.
local scanned = 0
local function may_scan(list)
  local length = redis.call('LLEN', list)
  if scanned > 0 and scanned + length > 200000 then return false end
  scanned = scanned + length
  return true
end
