-- Shared by scripts that remove ids from pending: the end to start from, and a limit of what one call scans.

-- 1 if the id is near the left end, -1 if it is near the right end, 0 if it is near neither: removing it could take a scan
-- of any length. Nil if this call has scanned enough.
local looked = 0
local function nearer_end(list, id)
  if looked > 200000 then return nil end
  for _, rank in ipairs({-1, 1}) do
    local at = redis.call('LPOS', list, id, 'RANK', rank, 'MAXLEN', 5000)
    looked = looked + 5000
    if at then
      -- LPOS scanned only the way to the id, and LREM will scan it again.
      local way = rank == 1 and at or redis.call('LLEN', list) - at
      looked = looked - 5000 + 2 * way
      return rank
    end
  end
  return 0
end
