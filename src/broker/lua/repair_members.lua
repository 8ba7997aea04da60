-- Takes ids out of a container in which they should not be: ids without a task (missing), tasks that cannot be decoded
-- (unreadable), and tasks that are in the container of their state too (double). What holds data is set aside, except for
-- double tasks. Does nothing to an id for which this is no longer so.
-- Uses: aside bare ends page
-- KEYS: container lease aside groups home
-- ARGV: task_prefix why kind offset count dry_run group home_state proofs id... (kind is list or zset; of double tasks, home is the
-- container of the state; proofs are the SHA-1 of each unreadable message)
-- Returns: for each id 0 not repaired, 1 removed, 2 set aside
local page = open_page(KEYS[1], ARGV[3] == 'list' and 'pending' or 'retry', tonumber(ARGV[4]), tonumber(ARGV[5]), '', 10)
local function is_at_home(id)
  if ARGV[8] == 'pending' or ARGV[8] == 'active' then return true end
  return redis.call('ZSCORE', KEYS[5], id) ~= false
end
local judges = {
  missing = function(task_key) return redis.pcall('HEXISTS', task_key, 'msg') ~= 1 end,
  unreadable = function(task_key, _, number)
    local message = redis.pcall('HGET', task_key, 'msg')
    local proof = string.sub(ARGV[9], 40 * number - 39, 40 * number)
    return type(message) == 'string' and redis.sha1hex(message) == proof
  end,
  double = function(task_key, id)
    return redis.pcall('HGET', task_key, 'state') == ARGV[8] and KEYS[1] ~= KEYS[5] and is_at_home(id)
  end,
}
-- What becomes of an id that is taken out, and whether its key holds nothing and is deleted.
local function fate(task_key, id)
  if ARGV[2] == 'double' then return 1, false end
  local bare = ARGV[2] == 'missing' and redis.call('TYPE', task_key).ok == 'hash' and is_bare(task_key)
  if bare or KEYS[1] == KEYS[3] or not has_data(task_key, id) then return 1, bare end
  return 2, false
end
local codes, chosen, places, bare = {}, {}, {}, {}
for number = 1, page.asked do codes[number] = 0 end
for at, id in ipairs(page.ids) do
  local number, task_key = page.numbers[at], ARGV[1] .. id
  if judges[ARGV[2]](task_key, id, number) then
    chosen[#chosen + 1], places[#places + 1] = id, at
    codes[number], bare[#chosen] = fate(task_key, id)
  end
end
if ARGV[6] == '1' or #chosen == 0 then return codes end
for at, id in ipairs(chosen) do
  local task_key = ARGV[1] .. id
  if ARGV[2] ~= 'double' then redis.call('ZREM', KEYS[2], id) end
  if codes[page.numbers[places[at]]] == 2 then
    set_aside(KEYS[3], task_key, id)
  elseif bare[at] then
    redis.call('DEL', task_key)
  end
end
take_off(page, KEYS[1], KEYS[4], ARGV[7], tonumber(ARGV[4]), chosen, places)
return codes
