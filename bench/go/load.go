package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/hibiken/asynq"
)

// loaded is a change that is made while a Go server and a qctl worker drain the same queue and a producer
// fills it.
type loaded struct{ change }

func underLoad(c change) loaded { return loaded{c} }

func (l loaded) stall(b *bench) float64 {
	longest, _ := l.run(b)
	return longest
}

func (l loaded) leaks(b *bench) float64 {
	_, leaks := l.run(b)
	return float64(leaks)
}

// run returns the longest wait of another client, and how many keys and ids belong to no task afterwards.
func (l loaded) run(b *bench) (longest float64, leaks int) {
	b.fill("default", l.state, b.bulk)
	server := b.server(4, asynq.HandlerFunc(func(context.Context, *asynq.Task) error { return nil }))
	worker := b.command("work", "--discard", "*", "--concurrency", "4")
	check(worker.Start())
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		client := asynq.NewClientFromRedisClient(b.redis)
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
			payload := fmt.Appendf(nil, `{"user_id":%d}`, i)
			// Unique, so that there are locks. Redis refuses it for as long as a script of Go's keeps it busy.
			_, _ = client.Enqueue(asynq.NewTask("noop", payload), asynq.Unique(time.Hour))
		}
	}()
	time.Sleep(500 * time.Millisecond)
	longest = b.longestWait(func() { l.make(b) })
	close(over)
	<-ended
	check(worker.Process.Signal(syscall.SIGTERM))
	check(worker.Wait())
	server.Shutdown()
	return longest, b.leaks()
}

// leaks counts tasks in no container, ids without a task, and locks whose task is gone.
func (b *bench) leaks() int {
	ctx := context.Background()
	const prefix = "asynq:{default}:"
	lies, leaks := map[string]bool{}, 0
	for _, list := range []string{"pending", "active"} {
		for _, id := range b.redis.LRange(ctx, prefix+list, 0, -1).Val() {
			lies[id] = true
		}
	}
	for _, set := range []string{"scheduled", "retry", "archived", "completed", "lease"} {
		for _, id := range b.redis.ZRange(ctx, prefix+set, 0, -1).Val() {
			lies[id] = true
		}
	}
	var locks []string
	keys := b.redis.Scan(ctx, 0, prefix+"*", 10_000).Iterator()
	tasks := map[string]bool{}
	for keys.Next(ctx) {
		if id, found := strings.CutPrefix(keys.Val(), prefix+"t:"); found {
			tasks[id] = true
		} else if strings.HasPrefix(keys.Val(), prefix+"unique:") {
			locks = append(locks, keys.Val())
		}
	}
	check(keys.Err())
	for id := range tasks {
		if !lies[id] {
			leaks++
		}
	}
	for id := range lies {
		if !tasks[id] {
			leaks++
		}
	}
	for _, lock := range locks {
		if !tasks[b.redis.Get(ctx, lock).Val()] {
			leaks++
		}
	}
	return leaks
}
