-- Reads a range of ids of a container. They come as one text: a client parses a thousand texts ten times as slowly.
-- KEYS: container
-- ARGV: list_or_zset start stop
-- Returns: how many, and the ids with a line feed between them
local ids = redis.call(ARGV[1] == 'list' and 'LRANGE' or 'ZRANGE', KEYS[1], ARGV[2], ARGV[3])
return {#ids, table.concat(ids, '\n')}
