-- Deletes a page of tasks of one container with their locks, and ids without a task. Tasks with another state stay.
-- Uses: page lock receipt
-- KEYS: container groups
-- ARGV: task_prefix state group offset count digest dry_run receipt call id...
-- Returns: how many were deleted, or -1 when the page does not have this digest or not all of it can be; position and code
--   of each id that was not: -1 has another state, -3 gone from the container; 1 when other ids have moved into the page
local before = replied(ARGV[8], ARGV[9])
if before then return before end
local state, group, offset = ARGV[2], ARGV[3], tonumber(ARGV[4])
local page = open_page(KEYS[1], state, offset, tonumber(ARGV[5]), ARGV[6], 10)
if not page then return {-1, {}, 0} end
local strange, locked = {}, {}
local chosen, task_keys, places, passed = choose(page, ARGV[1], function(task_key)
  -- One read for the state and for what names the lock: of a command in a script, most of the time is its call.
  -- pcall: a key of another type must not stop the others.
  local stored = redis.pcall('HMGET', task_key, 'state', 'unique_key', 'group')
  if stored[2] or stored[3] then locked[task_key] = stored end
  local code = is_here(task_key, stored.err and stored or stored[1], state, group)
  -- A key of another type belongs to another program and stays; only the id is removed.
  if code == 0 or state == 'aside' then strange[task_key] = redis.call('TYPE', task_key).ok ~= 'hash' end
  return code == 0 and 1 or code
end)
if not chosen then return {-1, {}, 0} end
if ARGV[7] == '1' or #chosen == 0 then return {#chosen, passed, 0} end
local gone = {}
for i, task_key in ipairs(task_keys) do
  if not strange[task_key] then
    local stored = locked[task_key]
    if stored then release_named(task_key, chosen[i], stored[2], stored[3]) end
    gone[#gone + 1] = task_key
  end
end
if #gone > 0 then redis.call('DEL', unpack(gone)) end
local filled = take_off(page, KEYS[1], KEYS[2], group, offset, chosen, places)
return leave_reply(ARGV[8], ARGV[9], {#chosen, passed, filled})
