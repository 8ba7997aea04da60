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
	return float64(b.tasks) / b.run("enqueue", "--from", file).Seconds()
}

func feedGo(b *bench) float64 {
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: b.addr, PoolSize: 64})
	defer client.Close()
	var next atomic.Int64
	workers := make(chan struct{}, 64)
	start := time.Now()
	for range 64 {
		go func() {
			for i := next.Add(1); i <= int64(b.tasks); i = next.Add(1) {
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
	return float64(b.tasks) / time.Since(start).Seconds()
}
