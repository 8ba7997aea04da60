package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
)

func figures() []figure {
	return []figure{
		{"no-op tasks, 64 slots", "/s", true, "≥ 5 × Go", noopQctl(64), noopGo(64), "Go"},
		{"no-op tasks, 10 slots", "/s", true, "≥ 3 × Go", noopQctl(10), noopGo(10), "Go"},
		{"enqueue from NDJSON", "/s", true, "≥ 200 000/s", feedQctl, feedGo, "Go, 64 at a time"},
		{"enqueue → start, p50", "ms", false, "≤ 2 ms", startQctl(0, 50), startGo(0, 50), "Go"},
		{"enqueue → start, p99", "ms", false, "≤ 10 ms", startQctl(0, 99), startGo(0, 99), "Go"},
		{"due → start, p95", "ms", false, "≤ 50 ms", startQctl(2, 95), startGo(2, 95), "Go"},
		{"exec /bin/true, 2 slots", "/s", true, "≥ 80 % of a spawn loop", trueQctl("exec"), spawnLoop, "spawn loop"},
		{"run true, 2 slots", "/s", true, "≥ xargs -P 2", trueQctl("run"), xargs, "xargs sh -c"},
		{"delete pending, all", "s", false, "≤ Go", bulkQctl("pending", "delete"), bulkGo("pending", "delete"), "Go"},
		{"retry archived, all", "s", false, "≤ Go", bulkQctl("archived", "retry"), bulkGo("archived", "retry"), "Go"},
		{"archive scheduled, all", "s", false, "≤ Go", bulkQctl("scheduled", "archive"), bulkGo("scheduled", "archive"), "Go"},
		{"stall: delete pending", "ms", false, "≤ 10 ms", stallQctl("pending", "delete"), stallGo("pending", "delete"), "Go"},
		{"stall: retry archived", "ms", false, "≤ 10 ms", stallQctl("archived", "retry"), stallGo("archived", "retry"), "Go"},
		{"stall: archive scheduled", "ms", false, "≤ 10 ms", stallQctl("scheduled", "archive"), stallGo("scheduled", "archive"), "Go"},
		{"stall: delete, 1 % by filter", "ms", false, "≤ 10 ms", stallFilter, nil, ""},
		{"delete 1 % by filter", "s", false, "≤ 60 s", filterQctl, nil, ""},
		{"stats of 1 000 queues", "ms", false, "≤ 100 ms", statsQctl, nil, ""},
		{"qctl --version", "ms", false, "≤ 5 ms", versionQctl, nil, ""},
		{"binary", "MB", false, "≤ 15 MB", sizeQctl, nil, ""},
	}
}

// run runs qctl to its end and returns how long that took.
func (b *bench) run(args ...string) time.Duration {
	command := exec.Command(b.qctl, append([]string{"--redis", b.url, "--quiet"}, args...)...)
	start := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		check(fmt.Errorf("qctl %s: %w\n%s", strings.Join(args, " "), err, output))
	}
	return took
}

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

func (b *bench) server(slots int, handler asynq.Handler) *asynq.Server {
	server := asynq.NewServer(asynq.RedisClientOpt{Addr: b.addr},
		asynq.Config{Concurrency: slots, LogLevel: asynq.FatalLevel})
	check(server.Start(handler))
	return server
}

func feedQctl(b *bench) float64 {
	file, err := os.CreateTemp("", "qctl-bench-*.ndjson")
	check(err)
	defer os.Remove(file.Name())
	for i := range b.tasks {
		fmt.Fprintf(file, `{"type":"noop","payload":{"user_id":%d,"text":"a line of the usual length"}}`+"\n", i)
	}
	check(file.Close())
	return float64(b.tasks) / b.run("enqueue", "--from", file.Name()).Seconds()
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

func trueQctl(kind string) func(*bench) float64 {
	return func(b *bench) float64 {
		const count = 2000
		b.fill("default", "pending", count)
		handler := `exec = ["/bin/true"]`
		if kind == "run" {
			handler = `run = "true"`
		}
		config, err := os.CreateTemp("", "qctl-bench-*.toml")
		check(err)
		defer os.Remove(config.Name())
		fmt.Fprintf(config, "[handlers.noop]\n%s\n", handler)
		check(config.Close())
		took := b.run("work", "--burst", "--config", config.Name(), "--concurrency", "2")
		return count / took.Seconds()
	}
}

// spawnLoop starts /bin/true from two threads and does nothing else.
func spawnLoop(*bench) float64 {
	const count = 2000
	done := make(chan struct{}, 2)
	start := time.Now()
	for range 2 {
		go func() {
			for range count / 2 {
				check(exec.Command("/bin/true").Run())
			}
			done <- struct{}{}
		}()
	}
	<-done
	<-done
	return count / time.Since(start).Seconds()
}

func xargs(*bench) float64 {
	const count = 2000
	start := time.Now()
	check(exec.Command("sh", "-c", fmt.Sprintf("seq %d | xargs -P 2 -n 1 sh -c true", count)).Run())
	return count / time.Since(start).Seconds()
}

func statsQctl(b *bench) float64 {
	client := asynq.NewClientFromRedisClient(b.redis)
	for i := range 1000 {
		_, err := client.Enqueue(asynq.NewTask("noop", nil), asynq.Queue(fmt.Sprintf("queue-%d", i)))
		check(err)
	}
	return milliseconds(b.run("stats", "--json"))
}

func versionQctl(b *bench) float64 { return milliseconds(b.run("--version")) }

func sizeQctl(b *bench) float64 {
	info, err := os.Stat(b.qctl)
	check(err)
	return float64(info.Size()) / 1e6
}

func milliseconds(took time.Duration) float64 { return float64(took.Microseconds()) / 1000 }
