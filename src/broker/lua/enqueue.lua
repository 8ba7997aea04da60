-- Stores a new task and makes it pending, scheduled or aggregating, unless its id or its uniqueness lock is taken.
-- Uses: store receipt
-- KEYS: task container groups unique_lock
-- ARGV: id message state at group lock_seconds receipt call receipt_seconds (may be absent)
-- Returns: 1 stored, 2 the same message is there already, 3 stored by an earlier call with this receipt, 0 id taken, -1 duplicate
if performed(ARGV[7], ARGV[8]) then return 3 end
local stored = store()
if stored == 1 then leave_receipt(ARGV[7], ARGV[8], '1', ARGV[9]) end
return stored
