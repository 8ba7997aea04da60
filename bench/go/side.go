package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/hibiken/asynq"
)

// side is qctl or the Go library, as a worker whose tasks do nothing, in a process of its own.
type side struct {
	name   string
	worker func(b *bench, queues []string) *exec.Cmd
	// merger is a worker that also merges the groups of the queue default. The program qctl does not do that, the library does.
	merger func(b *bench) *exec.Cmd
}

var sides = []side{
	{
		"qctl",
		func(b *bench, queues []string) *exec.Cmd {
			args := []string{"work", "--discard", "*", "--concurrency", "10", "--log-level", "error"}
			for _, queue := range queues {
				args = append(args, "-q", queue)
			}
			return b.command(args...)
		},
		func(b *bench) *exec.Cmd { return exec.Command(b.library, "merge", b.url) },
	},
	{
		"Go",
		func(b *bench, queues []string) *exec.Cmd {
			return b.goWorker("--queues", strings.Join(queues, ","))
		},
		func(b *bench) *exec.Cmd { return b.goWorker("--groups") },
	},
}

// goWorker is this program once more, as a worker.
func (b *bench) goWorker(args ...string) *exec.Cmd {
	program, err := os.Executable()
	check(err)
	return exec.Command(program, append([]string{"worker", "--addr", b.addr}, args...)...)
}

// connection is how the Go library reaches a server, or a cluster if there are several.
func connection(addr string) asynq.RedisConnOpt {
	if addrs := strings.Split(addr, ","); len(addrs) > 1 {
		return asynq.RedisClusterClientOpt{Addrs: addrs}
	}
	return asynq.RedisClientOpt{Addr: addr}
}

// runWorker is such a process of the Go library; it ends at SIGTERM.
func runWorker(args []string) {
	flags := flag.NewFlagSet("worker", flag.ExitOnError)
	addr := flags.String("addr", "", "host:port of Redis, or several, separated by commas")
	queues := flags.String("queues", "default", "names, separated by commas")
	groups := flags.Bool("groups", false, "merge groups")
	check(flags.Parse(args))
	config := asynq.Config{Concurrency: 10, LogLevel: asynq.FatalLevel, Queues: map[string]int{}}
	for queue := range strings.SplitSeq(*queues, ",") {
		config.Queues[queue] = 1
	}
	if *groups {
		config.GroupAggregator = asynq.GroupAggregatorFunc(func(group string, tasks []*asynq.Task) *asynq.Task {
			return asynq.NewTask("merged", nil)
		})
	}
	server := asynq.NewServer(connection(*addr), config)
	check(server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { return nil })))
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM)
	<-over
	server.Shutdown()
}

// crew is some running workers of a side.
type crew []*exec.Cmd

func (b *bench) crew(s side, count int, queues []string) crew {
	var all crew
	for range count {
		all = append(all, s.worker(b, queues))
	}
	all.start()
	return all
}

func (c crew) start() {
	for _, worker := range c {
		worker.Stderr = os.Stderr
		// None is left behind when the benchmark fails.
		worker.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		check(worker.Start())
	}
}

func (c crew) stop() {
	for _, worker := range c {
		check(worker.Process.Signal(syscall.SIGTERM))
	}
	for _, worker := range c {
		check(worker.Wait())
	}
}

// average is a figure of a process of one of the workers.
func (c crew) average(of func(pid int) float64) float64 {
	var sum float64
	for _, worker := range c {
		sum += of(worker.Process.Pid)
	}
	return sum / float64(len(c))
}
