package main

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hibiken/asynq"
)

const samples = 100

// start says which task started when.
type start struct {
	id string
	at time.Time
}

// starts enqueues tasks one by one to an idle worker and returns the given percentile of the time from
// each task's hour to its start. With a delay the hour is when it is due, otherwise when it was enqueued.
func (b *bench) starts(delay int, percentile int, started <-chan start) float64 {
	client := asynq.NewClientFromRedisClient(b.redis)
	due := map[string]time.Time{}
	count := samples
	if delay > 0 {
		count = 20
	}
	var waits []float64
	for i := range count {
		id := fmt.Sprintf("task-%d", i)
		options := []asynq.Option{asynq.TaskID(id)}
		hour := time.Now()
		if delay > 0 {
			// A whole second, because times are kept in seconds.
			hour = time.Now().Add(time.Duration(delay)*time.Second + 999*time.Millisecond).Truncate(time.Second)
			options = append(options, asynq.ProcessAt(hour))
		}
		due[id] = hour
		_, err := client.Enqueue(asynq.NewTask("noop", nil), options...)
		check(err)
		if delay == 0 {
			one := <-started
			waits = append(waits, milliseconds(one.at.Sub(due[one.id])))
			// Not in step with anything that polls.
			time.Sleep(time.Duration(3+i%17) * time.Millisecond)
		} else {
			time.Sleep(370 * time.Millisecond)
		}
	}
	for len(waits) < count {
		one := <-started
		waits = append(waits, max(0.01, milliseconds(one.at.Sub(due[one.id]))))
	}
	slices.Sort(waits)
	return waits[len(waits)*percentile/100]
}

// startQctl reads qctl's log: a start counts when its line arrives here.
func startQctl(delay, percentile int) func(*bench) float64 {
	return func(b *bench) float64 {
		command := exec.Command(b.qctl, "--redis", b.url, "work", "--handle", "noop=true", "--concurrency", "4")
		log, err := command.StderrPipe()
		check(err)
		check(command.Start())
		started := make(chan start, samples)
		ready := make(chan struct{})
		go func() {
			lines := bufio.NewScanner(log)
			for lines.Scan() {
				words := strings.Fields(lines.Text())
				switch {
				case len(words) > 2 && words[2] == "ready":
					close(ready)
				case len(words) > 5 && words[2] == "started":
					started <- start{words[5], time.Now()}
				}
			}
		}()
		<-ready
		time.Sleep(500 * time.Millisecond)
		value := b.starts(delay, percentile, started)
		check(command.Process.Signal(syscall.SIGTERM))
		check(command.Wait())
		return value
	}
}

func startGo(delay, percentile int) func(*bench) float64 {
	return func(b *bench) float64 {
		started := make(chan start, samples)
		server := b.server(4, asynq.HandlerFunc(func(ctx context.Context, _ *asynq.Task) error {
			id, _ := asynq.GetTaskID(ctx)
			started <- start{id, time.Now()}
			return nil
		}))
		time.Sleep(500 * time.Millisecond)
		value := b.starts(delay, percentile, started)
		server.Shutdown()
		return value
	}
}
