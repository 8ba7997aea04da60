-- Shared by scripts that take ids out of pending by name: from which end, and what one call looks through.

-- 1 when the id is near the left end, -1 near the right one, 0 when it is near neither: then the scan that
-- takes it out could be of any length. Nil when this call has looked at enough.
local looked = 0
local function nearer_end(list, id)
  if looked > 200000 then return nil end
  for _, rank in ipairs({-1, 1}) do
    local at = redis.call('LPOS', list, id, 'RANK', rank, 'MAXLEN', 5000)
    looked = looked + 5000
    if at then
      -- It has looked at fewer, and they will be looked at once more.
      local way = rank == 1 and at or redis.call('LLEN', list) - at
      looked = looked - 5000 + 2 * way
      return rank
    end
  end
  return 0
end
