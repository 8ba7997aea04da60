-- Shared by scripts that enqueue: a receipt makes it harmless to repeat a call whose answer was lost. It holds the
-- number of the last call that left it, in 16 digits, and a character for the outcome of each task.

-- What this call stored if it was performed before; nil if it was not. A call with a smaller number than the last one
-- was given up by its client and arrives late: nobody reads its answer, and it must not store anything.
local function performed(receipt, call)
  -- pcall: a user without the right to read or write receipts may enqueue all the same. The key is not among KEYS for
  -- the same reason: Redis refuses a call with a key to which the user has no right.
  local stored = redis.pcall('GET', receipt)
  if type(stored) ~= 'string' then return nil end
  local last = string.sub(stored, 1, 16)
  if last < call or not string.find(last, '^%d+$') then return nil end
  return last == call and string.sub(stored, 17) or ''
end

-- Five minutes are longer than any client repeats a call.
local function leave_receipt(receipt, call, codes)
  redis.pcall('SET', receipt, call .. codes, 'EX', 300)
end
