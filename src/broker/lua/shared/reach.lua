-- Shared by scripts that remove ids from lists: limits what one call scans.

-- LREM scans the list from its right end, so in a long list the number of tasks is not a sufficient limit. False leaves
-- this task and the following ones to the next call. The first task of a call is always allowed, so that every call makes
-- progress.
local length
local reach = 20000
local function within_reach(list, id)
  length = length or redis.call('LLEN', list)
  if length <= 200 then return true end
  if reach <= 0 then return false end
  local at = redis.call('LPOS', list, id, 'RANK', -1, 'MAXLEN', reach)
  if not at and length > reach and reach < 20000 then return false end
  reach = reach - (at and length - at or length)
  return true
end
