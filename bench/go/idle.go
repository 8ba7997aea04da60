package main

import (
	"syscall"
	"time"

	"github.com/hibiken/asynq"
)

const idleFor = 10 * time.Second

type idle struct{}

var idleQctl idle

func (idle) memory(b *bench) float64 {
	mb, _ := b.idleWorker()
	return mb
}

func (idle) commands(b *bench) float64 {
	_, rate := b.idleWorker()
	return rate
}

// idleWorker has nothing to do in three queues. Returns its memory, and the commands that Redis runs for
// it a second, those of scripts included.
func (b *bench) idleWorker() (mb, rate float64) {
	worker := b.command("work", "-q", "one", "-q", "two", "-q", "three", "--discard", "*")
	check(worker.Start())
	rate = b.commandsMeanwhile()
	mb = memory(worker.Process.Pid, "VmRSS")
	check(worker.Process.Signal(syscall.SIGTERM))
	check(worker.Wait())
	return mb, rate
}

func idleGo(b *bench) float64 {
	server := asynq.NewServer(asynq.RedisClientOpt{Addr: b.addr}, asynq.Config{
		Concurrency: 10, LogLevel: asynq.FatalLevel, Queues: map[string]int{"one": 1, "two": 1, "three": 1},
	})
	check(server.Start(asynq.NotFoundHandler()))
	rate := b.commandsMeanwhile()
	server.Shutdown()
	return rate
}

// commandsMeanwhile waits until what was started has settled, and counts commands for a while.
func (b *bench) commandsMeanwhile() float64 {
	time.Sleep(2 * time.Second)
	return b.during(func() { time.Sleep(idleFor) }).commands / idleFor.Seconds()
}
