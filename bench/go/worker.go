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

func noopQctl(slots int) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", "pending", b.tasks)
		took := b.run("work", "--burst", "--discard", "noop", "--concurrency", fmt.Sprint(slots))
		return float64(b.tasks) / took.Seconds()
	}
}

func noopGo(slots int) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", "pending", b.tasks)
		var done atomic.Int64
		all := make(chan struct{})
		handler := asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
			if done.Add(1) == int64(b.tasks) {
				close(all)
			}
			return nil
		})
		server := b.server(slots, handler)
		start := time.Now()
		<-all
		took := time.Since(start)
		server.Shutdown()
		return float64(b.tasks) / took.Seconds()
	}
}

// noopRust is a Rust library, qctl's or the crate asynq, in the program of bench/rust. As for Go, its figure
// ends with the last task, not with the program.
func noopRust(library string, slots int) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", "pending", b.tasks)
		program := exec.Command(b.library, library, b.url, fmt.Sprint(slots), fmt.Sprint(b.tasks))
		out, err := program.Output()
		check(err)
		took, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		check(err)
		return float64(b.tasks) / took
	}
}

func (b *bench) server(slots int, handler asynq.Handler) *asynq.Server {
	server := asynq.NewServer(asynq.RedisClientOpt{Addr: b.addr},
		asynq.Config{Concurrency: slots, LogLevel: asynq.FatalLevel})
	check(server.Start(handler))
	return server
}
