package main

import (
	"bufio"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
)

// lines writes tasks into a file, a line each.
func lines(count int) string {
	file, err := os.CreateTemp("", "qctl-bench-*.ndjson")
	check(err)
	buffered := bufio.NewWriter(file)
	for i := range count {
		fmt.Fprintf(buffered, `{"type":"noop","payload":{"user_id":%d,"text":"a line of the usual length"}}`+"\n", i)
	}
	check(buffered.Flush())
	check(file.Close())
	return file.Name()
}

func feedQctl(b *bench) float64 {
	file := lines(b.tasks)
	defer os.Remove(file)
	took := b.run("enqueue", "--from", file)
	b.expect("pending", b.tasks)
	return float64(b.tasks) / took.Seconds()
}

func feedGo(b *bench) float64 {
	start := time.Now()
	b.enqueue(b.tasks)
	took := time.Since(start)
	b.expect("pending", b.tasks)
	return float64(b.tasks) / took.Seconds()
}

// enqueue enqueues tasks with the Go library, 64 at a time.
func (b *bench) enqueue(count int) {
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: b.addr, PoolSize: 64})
	defer client.Close()
	var next atomic.Int64
	workers := make(chan struct{}, 64)
	for range 64 {
		go func() {
			for i := next.Add(1); i <= int64(count); i = next.Add(1) {
				payload := fmt.Appendf(nil, `{"user_id":%d,"text":"a line of the usual length"}`, i)
				_, err := client.Enqueue(asynq.NewTask("noop", payload))
				check(err)
			}
			workers <- struct{}{}
		}()
	}
	for range 64 {
		<-workers
	}
}
