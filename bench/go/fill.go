package main

import (
	"context"
	"fmt"

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
	message, err := b.redis.HGet(ctx, prefix+"t:00000000", "msg").Bytes()
	check(err)
	check(b.redis.Del(ctx, prefix+"t:00000000", prefix+"pending").Err())
	// Both numbers have eight digits, so the lengths in the message stay right.
	for start := 0; start < count; start += 1000 {
		pipe := b.redis.Pipeline()
		for i := start; i < min(start+1000, count); i++ {
			id := fmt.Sprintf("%08d", i)
			copied := replaceDigits(message, id)
			pipe.HSet(ctx, prefix+"t:"+id, "msg", copied, "state", state)
			switch state {
			case "pending":
				pipe.HSet(ctx, prefix+"t:"+id, "pending_since", "1700000000000000000")
				pipe.LPush(ctx, prefix+"pending", id)
			case "scheduled":
				pipe.ZAdd(ctx, prefix+"scheduled", redis.Z{Score: 4e9, Member: id})
			case "archived":
				pipe.ZAdd(ctx, prefix+"archived", redis.Z{Score: 1.7e9, Member: id})
			}
		}
		_, err := pipe.Exec(ctx)
		check(err)
	}
}

// replaceDigits writes the id over every run of eight zeros: the task's id and the number in its payload.
func replaceDigits(message []byte, id string) []byte {
	copied := append([]byte(nil), message...)
	for at := 0; at+8 <= len(copied); at++ {
		if string(copied[at:at+8]) == "00000000" {
			copy(copied[at:], id)
			at += 7
		}
	}
	return copied
}
