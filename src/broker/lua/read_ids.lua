-- Reads a range of ids of a container. They are returned as one string: a thousand strings take a client ten times as long to parse.
-- KEYS: container
-- ARGV: list_or_zset start stop
-- Returns: how many, and the ids joined with line feeds
local ids = redis.call(ARGV[1] == 'list' and 'LRANGE' or 'ZRANGE', KEYS[1], ARGV[2], ARGV[3])
return {#ids, table.concat(ids, '\n')}
