package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
)

// drain is a queue of no-op tasks that a worker empties.
type drain struct {
	tasks func(*bench) int
	// fill makes the tasks, run works them and returns what that took, from the start of the worker to the last task.
	fill func(b *bench, count int)
	run  func(b *bench, count int) time.Duration
	// done makes sure that all were done.
	done func(b *bench, count int)
}

// copies are tasks that a script has made; enqueued ones come one by one from the Go library.
func copies(run func(*bench, int) time.Duration) drain {
	return drain{func(b *bench) int { return b.tasks }, func(b *bench, count int) { b.fill("default", "pending", count) }, run, (*bench).expectDone}
}

func enqueued(run func(*bench, int) time.Duration) drain {
	return drain{func(b *bench) int { return 5 * b.tasks }, (*bench).enqueue, run, (*bench).expectDone}
}

// unsettled is a worker whose program counts the tasks and ends with the last one, before that is written.
func (d drain) unsettled() drain {
	d.done = func(b *bench, _ int) { b.expect("pending", 0) }
	return d
}

// rate is in tasks a second.
func (d drain) rate(b *bench) float64 {
	count := d.tasks(b)
	d.fill(b, count)
	took := d.run(b, count)
	d.done(b, count)
	return float64(count) / took.Seconds()
}

// redisTime is the processor time of Redis per task, in microseconds.
func (d drain) redisTime(b *bench) float64 {
	count := d.tasks(b)
	d.fill(b, count)
	spent := b.during(func() { d.run(b, count) })
	d.done(b, count)
	return 1000 * spent.cpu / float64(count)
}

// scriptTime is the part of it that Redis spends in scripts, by its own clock.
func (d drain) scriptTime(b *bench) float64 {
	count := d.tasks(b)
	d.fill(b, count)
	check(b.redis.ConfigResetStat(context.Background()).Err())
	d.run(b, count)
	d.done(b, count)
	commands := b.redis.Info(context.Background(), "commandstats").Val()
	return (usec(commands, "evalsha") + usec(commands, "eval")) / float64(count)
}

func noopQctl(slots int) func(*bench, int) time.Duration {
	return func(b *bench, count int) time.Duration {
		return b.run("work", "--burst", "--discard", "noop", "--concurrency", fmt.Sprint(slots))
	}
}

func noopGo(slots int) func(*bench, int) time.Duration {
	return func(b *bench, count int) time.Duration {
		var done atomic.Int64
		all := make(chan struct{})
		server := b.server(slots, asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
			if done.Add(1) == int64(count) {
				close(all)
			}
			return nil
		}))
		start := time.Now()
		<-all
		took := time.Since(start)
		server.Shutdown()
		return took
	}
}

// noopRust is a Rust library, qctl's or the crate asynq, in the program of bench/rust, which counts the tasks.
func noopRust(library string, slots int) func(*bench, int) time.Duration {
	return func(b *bench, count int) time.Duration {
		program := exec.Command(b.library, library, b.url, fmt.Sprint(slots), fmt.Sprint(count))
		out, err := program.Output()
		check(err)
		took, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		check(err)
		return time.Duration(took * float64(time.Second))
	}
}

func (b *bench) server(slots int, handler asynq.Handler) *asynq.Server {
	server := asynq.NewServer(asynq.RedisClientOpt{Addr: b.addr},
		asynq.Config{Concurrency: slots, LogLevel: asynq.FatalLevel})
	check(server.Start(handler))
	return server
}
