-- Shared by scripts that take ids out of lists: bounds what one call looks through.

-- Taking an id out of a list is a scan from its right end, so in a long list the number of tasks alone
-- bounds nothing. False leaves this task and those behind it to the next call; the first task of a call
-- is taken in any case, so that each call gets on.
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
