package main

import (
	"context"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// fill makes tasks of a type pending, scheduled or archived, by the library's own hand for the first one
// and as copies of it for the rest: enqueuing a million tasks one by one would take longer than the figure.
func (b *bench) fill(queue, state string, count int) {
	client := asynq.NewClientFromRedisClient(b.redis)
	ctx := context.Background()
	options := []asynq.Option{asynq.Queue(queue), asynq.TaskID("00000000")}
	_, err := client.Enqueue(asynq.NewTask("noop", []byte(`{"user_id":00000000}`)), options...)
	check(err)
	prefix := "asynq:{" + queue + "}:"
	message, err := b.redis.HGet(ctx, prefix+"t:00000000", "msg").Result()
	check(err)
	check(b.redis.Del(ctx, prefix+"t:00000000", prefix+"pending").Err())
	for start := 0; start < count; start += fillStep {
		end := min(start+fillStep, count) - 1
		check(fillScript.Run(ctx, b.redis, []string{prefix + "t:", prefix + state}, message, state, start, end).Err())
	}
}

// fillStep is how many tasks one script makes.
const fillStep = 10_000

// Both numbers have eight digits, so the lengths in the message stay right.
var fillScript = redis.NewScript(`
local state = ARGV[2]
for n = tonumber(ARGV[3]), tonumber(ARGV[4]) do
  local id = string.format('%08d', n)
  local message = string.gsub(ARGV[1], '00000000', id)
  redis.call('HSET', KEYS[1] .. id, 'msg', message, 'state', state)
  if state == 'pending' then
    redis.call('HSET', KEYS[1] .. id, 'pending_since', '1700000000000000000')
    redis.call('LPUSH', KEYS[2], id)
  else
    redis.call('ZADD', KEYS[2], state == 'scheduled' and 4e9 or 1.7e9, id)
  end
end
return 1`)
