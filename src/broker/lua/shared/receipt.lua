-- Shared by scripts whose calls are sent again when the answer is lost: with a receipt, the second call does nothing and
-- returns what the first one did. A receipt holds the number of the last call that left it, in 16 digits, and the outcome.

-- The outcome of this call if it was performed before; nil if it was not. A call with a smaller number than the last one
-- was given up by its client and arrives late: nobody reads its answer, and it must not write anything.
local function performed(receipt, call)
  -- pcall: a user without the right to read or write receipts may do the rest all the same. The key is not among KEYS for
  -- the same reason: Redis refuses a call with a key to which the user has no right.
  local stored = redis.pcall('GET', receipt)
  if type(stored) ~= 'string' then return nil end
  local last = string.sub(stored, 1, 16)
  if last < call or not string.find(last, '^%d+$') then return nil end
  return last == call and string.sub(stored, 17) or ''
end

-- Five minutes are longer than any client repeats a call by itself.
local function leave_receipt(receipt, call, outcome, seconds)
  redis.pcall('SET', receipt, call .. outcome, 'EX', seconds or 300)
end

-- The same for scripts whose outcome is their reply. A dry run has no receipt.
local function replied(receipt, call)
  local before = receipt ~= '' and performed(receipt, call)
  if not before then return nil end
  return before == '' and {} or cjson.decode(before)
end

local function leave_reply(receipt, call, reply)
  leave_receipt(receipt, call, cjson.encode(reply))
  return reply
end
