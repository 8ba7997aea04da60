-- Shared by scripts that remove every copy of an id from a list, which takes a scan of the whole list.

-- Removes copies of an id, within the limits of one call: removing is slower than scanning. Returns false if copies may be
-- left. The first scan of a call is always allowed, so that every call makes progress.
local scanned, removed = 0, 0
local function remove_copies(list, id)
  local length = redis.call('LLEN', list)
  if removed >= 500 or scanned > 0 and scanned + length > 100000 then return false end
  scanned = scanned + length
  removed = removed + redis.call('LREM', list, 500 - removed, id)
  return removed < 500
end
