package main

import (
	"context"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

func (b *bench) qctlBulk(state, action string) time.Duration {
	args := []string{action, "--queue", "default", "--state", state, "--yes"}
	if action == "archive" {
		args = append(args, "--allow-trim")
	}
	return b.run(args...)
}

func (b *bench) goBulk(state, action string) time.Duration {
	inspector := asynq.NewInspectorFromRedisClient(b.redisPatient())
	start := time.Now()
	var err error
	switch action {
	case "delete":
		_, err = inspector.DeleteAllPendingTasks("default")
	case "retry":
		_, err = inspector.RunAllArchivedTasks("default")
	case "archive":
		_, err = inspector.ArchiveAllScheduledTasks("default")
	}
	check(err)
	return time.Since(start)
}

// redisPatient does not give up on a script that takes long.
func (b *bench) redisPatient() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: 5 * time.Minute})
}

func bulkQctl(state, action string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", state, b.bulk)
		return b.qctlBulk(state, action).Seconds()
	}
}

func bulkGo(state, action string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", state, b.bulk)
		return b.goBulk(state, action).Seconds()
	}
}

func filterQctl(b *bench) float64 {
	b.fill("default", "pending", b.bulk)
	return b.run("delete", "-q", "default", "-s", "pending", "--filter", ".payload.user_id % 100 == 0", "--yes").Seconds()
}

// stall does something while another client asks for nothing but an answer, and returns the longest wait
// of that client in milliseconds. A refusal counts as the time until the first answer after it.
func (b *bench) stall(do func()) float64 {
	other := redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: 5 * time.Minute, MaxRetries: -1})
	defer other.Close()
	ctx := context.Background()
	over := make(chan struct{})
	longest := make(chan time.Duration)
	go func() {
		var worst time.Duration
		start := time.Now()
		for {
			select {
			case <-over:
				longest <- worst
				return
			default:
			}
			if other.Get(ctx, "nothing").Err() == redis.Nil {
				worst = max(worst, time.Since(start))
				time.Sleep(200 * time.Microsecond)
				start = time.Now()
			}
		}
	}()
	do()
	close(over)
	return milliseconds(<-longest)
}

func stallQctl(state, action string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", state, b.bulk)
		return b.stall(func() { b.qctlBulk(state, action) })
	}
}

func stallGo(state, action string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", state, b.bulk)
		return b.stall(func() { b.goBulk(state, action) })
	}
}

func stallFilter(b *bench) float64 {
	b.fill("default", "pending", b.bulk)
	return b.stall(func() {
		b.run("delete", "-q", "default", "-s", "pending", "--filter", ".payload.user_id % 100 == 0", "--yes")
	})
}
