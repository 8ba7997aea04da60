package main

import (
	"context"
	"fmt"
)

// A figure counts only if exactly what was enqueued was done: otherwise the benchmark ends.

// expect compares how many tasks a container of the queue default holds with what it should hold.
func (b *bench) expect(state string, want int) {
	if got := b.held(state); got != int64(want) {
		check(fmt.Errorf("%d tasks are %s, not %d", got, state, want))
	}
}

func (b *bench) held(state string) int64 {
	ctx := context.Background()
	key := "asynq:{default}:" + state
	if state == "pending" || state == "active" {
		return b.redis.LLen(ctx, key).Val()
	}
	return b.redis.ZCard(ctx, key).Val()
}

// expectDone makes sure that so many tasks have succeeded once, none has failed, and nothing of them is left.
func (b *bench) expectDone(count int) {
	ctx := context.Background()
	for _, state := range []string{"pending", "active", "lease", "scheduled", "retry", "archived", "completed"} {
		b.expect(state, 0)
	}
	if done := b.redis.Get(ctx, "asynq:{default}:processed").Val(); done != fmt.Sprint(count) {
		check(fmt.Errorf("%s attempts were made, not %d", done, count))
	}
	if failed := b.redis.Exists(ctx, "asynq:{default}:failed").Val(); failed != 0 {
		check(fmt.Errorf("attempts have failed"))
	}
	left := b.redis.Scan(ctx, 0, "asynq:{default}:t:*", 10_000).Iterator()
	if left.Next(ctx) {
		check(fmt.Errorf("%s is left", left.Val()))
	}
	check(left.Err())
}
