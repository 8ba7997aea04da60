-- Shared by scripts that change a container page by page, from the end on that its tasks leave first.
-- Uses: clear

-- The ids behind the first `offset`. Pending is a list, and is left at its right end.
local function page_of(container, state, offset, count)
  if state == 'pending' then return redis.call('LRANGE', container, -(offset + count), -(offset + 1)) end
  return redis.call('ZRANGE', container, offset, offset + count - 1)
end

-- Whether a task says that it is in this state, and in this group if it is in one.
local function is_here(task_key, state, group)
  -- pcall: a key of another type is no task, and must not end the work on the others.
  return redis.pcall('HGET', task_key, 'state') == state
    and (state ~= 'aggregating' or redis.call('HGET', task_key, 'group') == group)
end

-- Those of a page that fit: their places in it, their ids, and the keys of their tasks.
local function choose(ids, task_prefix, fits)
  local places, chosen, task_keys = {}, {}, {}
  for place, id in ipairs(ids) do
    local task_key = task_prefix .. id
    if fits(task_key, id) then
      local count = #places + 1
      places[count], chosen[count], task_keys[count] = place, id, task_key
    end
  end
  return places, chosen, task_keys
end

-- Takes those that were chosen of a page of `size` ids out of it. A group that becomes empty loses its name.
-- Mostly it is the whole page, which goes in one piece.
local function take_off(container, groups, state, group, offset, size, places, chosen)
  local whole = #places == size
  if #places == 0 then return end
  if state ~= 'pending' then
    if whole then
      redis.call('ZREMRANGEBYRANK', container, offset, offset + size - 1)
    else
      redis.call('ZREM', container, unpack(chosen))
    end
  elseif whole and offset == 0 then
    redis.call('LTRIM', container, 0, -(size + 1))
  else
    local before = redis.call('LLEN', container) - offset - size - 1
    for i, place in ipairs(places) do places[i] = before + place end
    clear(container, places)
  end
  if group ~= '' and redis.call('EXISTS', container) == 0 then redis.call('SREM', groups, group) end
end
