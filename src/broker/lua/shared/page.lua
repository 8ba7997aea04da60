-- Shared by scripts that change a page of one container. A page is a range of ids in the order in which `ls`
-- shows them: from the right end of a list, from the lowest score of a sorted set.
-- Uses: clear

-- Other clients push and pop between reading and changing a page: ids are searched for within this many places around it.
local SLACK = 500

-- Opens a page. With a digest, it consists of the `count` ids after the first `offset`, or is nil if they are not the ids
-- that the caller has read; to be removed from a list, they must be at its end. Without a digest, it consists of the ids
-- from ARGV[first] on that are still there; `numbers` holds the index of each among those arguments.
local function open_page(container, state, offset, count, digest, first)
  local is_list = state == 'pending'
  if digest ~= '' then
    local ids = is_list and redis.call('LRANGE', container, -(offset + count), -(offset + 1))
      or redis.call('ZRANGE', container, offset, offset + count - 1)
    if redis.sha1hex(table.concat(ids, '\n')) ~= digest then return nil end
    return {ids = ids, whole = true, is_list = is_list}
  end
  local page = {ids = {}, numbers = {}, places = {}, is_list = is_list, asked = #ARGV - first + 1}
  local function add(id, number, place)
    local at = #page.ids + 1
    page.ids[at], page.numbers[at], page.places[at] = id, number, place
  end
  if is_list then
    local numbers = {}
    for i = first, #ARGV do numbers[ARGV[i]] = i - first + 1 end
    local length = redis.call('LLEN', container)
    local left = math.max(length - offset - count - SLACK, 0)
    local right = math.max(offset - SLACK, 0)
    for i, id in ipairs(redis.call('LRANGE', container, left, length - right - 1)) do
      if numbers[id] then
        add(id, numbers[id], left + i - 1)
        numbers[id] = nil
      end
    end
  else
    for i, score in ipairs(redis.call('ZMSCORE', container, unpack(ARGV, first))) do
      if score then add(ARGV[first + i - 1], i, false) end
    end
  end
  return page
end

-- 1 if the task has this state, and this group if it is aggregating; 0 if there is no task at the key; otherwise -1.
-- `stored` is the task's field `state`, or the error of reading it: a key of another type is not a task.
local function is_here(task_key, stored, state, group)
  -- What was set aside has no state of Asynq.
  if state == 'aside' then return 1 end
  if stored == state then
    if state ~= 'aggregating' or redis.call('HGET', task_key, 'group') == group then return 1 end
    return -1
  end
  if type(stored) == 'table' then return 0 end
  if not stored and redis.call('HEXISTS', task_key, 'msg') == 0 then return 0 end
  return -1
end

-- Splits a page by `judge(task_key, id)`. Returns the ids with code 1, their task keys and their places in the page, and
-- position and code of each other id; -3 is the code of an id that has left the container. Returns nil for a page with a
-- digest unless all ids have code 1: its caller does not know the single ids.
local function choose(page, task_prefix, judge)
  local chosen, task_keys, places, passed, met = {}, {}, {}, {}, {}
  if page.whole then
    for at, id in ipairs(page.ids) do
      task_keys[at] = task_prefix .. id
      if judge(task_keys[at], id) ~= 1 then return nil end
    end
    return page.ids, task_keys, places, passed
  end
  for at, id in ipairs(page.ids) do
    local task_key = task_prefix .. id
    met[page.numbers[at]] = true
    local code = judge(task_key, id)
    if code == 1 then
      local count = #chosen + 1
      chosen[count], task_keys[count], places[count] = id, task_key, at
    else
      passed[#passed + 1] = page.numbers[at]
      passed[#passed + 1] = code
    end
  end
  for number = 1, page.asked do
    if not met[number] then
      passed[#passed + 1] = number
      passed[#passed + 1] = -3
    end
  end
  return chosen, task_keys, places, passed
end

-- Removes the chosen ids from the container; a page with a digest in one command. The name of a group that becomes empty
-- is removed too. Returns 1 if other ids of the list have moved into their places.
local function take_off(page, container, groups, group, offset, chosen, places)
  local filled = false
  if page.whole and page.is_list then
    redis.call('LTRIM', container, 0, -(#chosen + 1))
  elseif page.whole then
    redis.call('ZREMRANGEBYRANK', container, offset, offset + #chosen - 1)
  elseif page.is_list then
    for i, at in ipairs(places) do places[i] = page.places[at] end
    filled = clear(container, places)
  else
    redis.call('ZREM', container, unpack(chosen))
  end
  if group ~= '' and redis.call('EXISTS', container) == 0 then redis.call('SREM', groups, group) end
  return filled and 1 or 0
end
