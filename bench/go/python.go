package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Celery and RQ need seconds for what qctl does in a fraction of one, so they get fewer tasks.
const (
	celeryTasks = 10_000
	rqTasks     = 300
)

func pipeQctl(b *bench) float64 {
	b.fill("default", "pending", b.tasks)
	config, err := os.CreateTemp("", "qctl-bench-*.toml")
	check(err)
	defer os.Remove(config.Name())
	fmt.Fprintf(config, "[handlers.noop]\npipe = ['python3', '%s']\n", filepath.Join(b.scripts, "noop.py"))
	check(config.Close())
	took := b.run("work", "--burst", "--config", config.Name(), "--concurrency", "64")
	b.expectDone(b.tasks)
	return float64(b.tasks) / took.Seconds()
}

func (b *bench) pythonProgram(args ...string) *exec.Cmd {
	program := exec.Command(filepath.Join(filepath.Dir(b.python), args[0]), args[1:]...)
	program.Dir = b.scripts
	program.Env = append(os.Environ(), "BROKER="+b.url)
	program.Stderr = os.Stderr
	program.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return program
}

// celery is measured from the first task that is done to the last, without the start of its worker.
func celery(b *bench) float64 {
	check(b.pythonProgram("python", "celery_noop.py", fmt.Sprint(celeryTasks)).Run())
	worker := b.pythonProgram("celery", "--app", "celery_noop", "--quiet", "worker", "--concurrency", "2", "--loglevel", "ERROR")
	worker.Stderr = nil
	check(worker.Start())
	ctx := context.Background()
	left := func() int64 { return b.redis.LLen(ctx, "celery").Val() + b.redis.HLen(ctx, "unacked").Val() }
	for left() == celeryTasks {
		time.Sleep(time.Millisecond)
	}
	start := time.Now()
	for left() > 0 {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(start)
	check(worker.Process.Signal(syscall.SIGTERM))
	check(worker.Wait())
	if done := b.redis.Get(ctx, "done").Val(); done != fmt.Sprint(celeryTasks) {
		check(fmt.Errorf("Celery ran %s of %d tasks", done, celeryTasks))
	}
	return celeryTasks / took.Seconds()
}

// rq is measured from the first task that is done to the end of its burst.
func rq(b *bench) float64 {
	check(b.pythonProgram("python", "rq_noop.py", fmt.Sprint(rqTasks)).Run())
	worker := b.pythonProgram("rq", "worker", "--burst", "--quiet", "--name", "bench", "--url", b.url)
	check(worker.Start())
	ctx := context.Background()
	for b.redis.LLen(ctx, "rq:queue:default").Val() == rqTasks {
		time.Sleep(time.Millisecond)
	}
	start := time.Now()
	check(worker.Wait())
	took := time.Since(start)
	if done := b.redis.HGet(ctx, "rq:worker:bench", "successful_job_count").Val(); done != fmt.Sprint(rqTasks) {
		check(fmt.Errorf("RQ ran %s of %d tasks", done, rqTasks))
	}
	return rqTasks / took.Seconds()
}
