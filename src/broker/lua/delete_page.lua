-- Deletes a page of tasks of one container with their locks, and ids without a task. Tasks that say they are
-- elsewhere stay.
-- Uses: page lock
-- KEYS: container groups
-- ARGV: task_prefix state group offset count digest dry_run id...
-- Returns: how many were deleted, or -1 when the page is not the one with this digest; position and code of each that
--   was not: -1 elsewhere, -3 gone from the container; 1 when other ids have moved into the page
local state, group, offset, dry_run = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[7] == '1'
local page = open_page(KEYS[1], state, offset, tonumber(ARGV[5]), ARGV[6], 8)
if not page then return {-1, {}, 0} end
local gone = {}
local chosen, _, places, passed = choose(page, ARGV[1], function(task_key, id)
  local code = is_here(task_key, state, group)
  if code == -1 or dry_run then return code == 0 and 1 or code end
  if code == 1 then release_lock(task_key, id) end
  -- A key of another type belongs to somebody else, and stays; only the id goes.
  if code == 1 or redis.call('TYPE', task_key).ok == 'hash' then gone[#gone + 1] = task_key end
  return 1
end)
if dry_run or #chosen == 0 then return {#chosen, passed, 0} end
if #gone > 0 then redis.call('DEL', unpack(gone)) end
return {#chosen, passed, take_off(page, KEYS[1], KEYS[2], group, offset, chosen, places)}
