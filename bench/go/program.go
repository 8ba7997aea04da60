package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// command is qctl, connected to the private Redis.
func (b *bench) command(args ...string) *exec.Cmd {
	return exec.Command(b.qctl, append([]string{"--redis", b.url, "--quiet"}, args...)...)
}

// run runs qctl to its end and returns how long that took.
func (b *bench) run(args ...string) time.Duration {
	command := b.command(args...)
	start := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		check(fmt.Errorf("qctl %s: %w\n%s", strings.Join(args, " "), err, output))
	}
	return took
}

// residentPeak runs qctl to its end and returns the most memory it had, in MB.
func (b *bench) residentPeak(args ...string) float64 { return b.call(args...).peak }

// memory reads a field of a process in MB; nothing once it has ended.
func memory(pid int, field string) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == field+":" {
			kilobytes, err := strconv.ParseFloat(words[1], 64)
			check(err)
			return kilobytes * 1024 / 1e6
		}
	}
	return 0
}

func memoryOf(args ...string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", "pending", b.bulk)
		return b.residentPeak(args...)
	}
}

// memoryOfFindings is that of a doctor with many findings: every fifth of 400,000 tasks, of a million in bulk, is in no container.
func memoryOfFindings(b *bench) float64 {
	tasks := b.bulk * 4 / 10
	b.fill("default", "pending", tasks)
	check(b.redis.LTrim(context.Background(), "asynq:{default}:pending", 0, int64(tasks*4/5-1)).Err())
	return b.residentPeak(examineArgs...)
}

func memoryOfFeed(b *bench) float64 {
	file := lines(b.bulk)
	defer os.Remove(file)
	return b.residentPeak("enqueue", "--from", file)
}
