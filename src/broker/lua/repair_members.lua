-- Takes ids out of a container in which they should not be: ids without a task (missing), tasks that cannot be decoded
-- (unreadable), and tasks that are in the container of their state too (double). What holds data is set aside, except for
-- double tasks. Does nothing to an id for which this is no longer so.
-- Uses: aside bare ends page
-- KEYS: container lease aside groups home
-- ARGV: task_prefix why kind offset count dry_run group home_state proofs id... (kind is list or zset; of double tasks, home is the
-- container of the state; proofs are the SHA-1 of each unreadable message)
-- Returns: for each id 1 repaired, 0 not
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
local codes, chosen, places = {}, {}, {}
for number = 1, page.asked do codes[number] = 0 end
for at, id in ipairs(page.ids) do
  local number, task_key = page.numbers[at], ARGV[1] .. id
  if judges[ARGV[2]](task_key, id, number) then
    codes[number] = 1
    chosen[#chosen + 1], places[#places + 1] = id, at
  end
end
if ARGV[6] == '1' or #chosen == 0 then return codes end
for _, id in ipairs(chosen) do
  local task_key = ARGV[1] .. id
  if ARGV[2] ~= 'double' then
    redis.call('ZREM', KEYS[2], id)
    local kind = redis.call('TYPE', task_key).ok
    if ARGV[2] == 'missing' and kind == 'hash' and is_bare(task_key) then
      redis.call('DEL', task_key)
    elseif KEYS[1] ~= KEYS[3] then
      set_aside(KEYS[3], task_key, id)
    end
  end
end
take_off(page, KEYS[1], KEYS[4], ARGV[7], tonumber(ARGV[4]), chosen, places)
return codes
