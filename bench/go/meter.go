package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// cost is what the servers of Redis have spent: commands, those inside scripts included, and milliseconds of
// processor time.
type cost struct{ commands, cpu float64 }

// by is a share of it.
func (c cost) by(parts float64) cost { return cost{c.commands / parts, c.cpu / parts} }

// during is what the servers spend while something is done.
func (b *bench) during(do func()) cost {
	before := b.spent()
	do()
	after := b.spent()
	// One command for each server asked for the numbers.
	return cost{after.commands - before.commands - float64(len(b.servers)), after.cpu - before.cpu}
}

func (b *bench) spent() cost {
	var all cost
	for _, server := range b.servers {
		text, err := server.Info(context.Background()).Result()
		check(err)
		all.commands += field(text, "total_commands_processed")
		all.cpu += 1000 * (field(text, "used_cpu_user") + field(text, "used_cpu_sys"))
	}
	return all
}

// info adds up a field of all servers.
func (b *bench) info(name string) float64 {
	var sum float64
	for _, server := range b.servers {
		sum += field(server.Info(context.Background()).Val(), name)
	}
	return sum
}

func field(info, name string) float64 {
	for line := range strings.Lines(info) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			check(err)
			return number
		}
	}
	return 0
}

// usec is the time that Redis has spent in a command, by its own statistics.
func usec(commandstats, command string) float64 {
	for line := range strings.Lines(commandstats) {
		if rest, found := strings.CutPrefix(line, "cmdstat_"+command+":"); found {
			_, rest, _ = strings.Cut(rest, "usec=")
			number, _, _ := strings.Cut(rest, ",")
			value, err := strconv.ParseFloat(number, 64)
			check(err)
			return value
		}
	}
	return 0
}

// call is one run of a program: what it took, what it cost Redis, and its peak memory in MB.
type call struct {
	cost
	took time.Duration
	peak float64
}

// call runs qctl to its end. The kernel's account of a child begins with the memory of its parent, so the
// process itself is asked for its peak, again and again.
func (b *bench) call(args ...string) call {
	var c call
	command := b.command(args...)
	var trouble strings.Builder
	command.Stderr = &trouble
	c.cost = b.during(func() {
		start := time.Now()
		check(command.Start())
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		for {
			select {
			case err := <-ended:
				c.took = time.Since(start)
				// 1 is the answer of a doctor that has found something.
				if err != nil && !(args[0] == "doctor" && command.ProcessState.ExitCode() == 1) {
					check(fmt.Errorf("qctl %s: %w\n%s", strings.Join(args, " "), err, trouble.String()))
				}
				return
			case <-time.After(5 * time.Millisecond):
				c.peak = max(c.peak, memory(command.Process.Pid, "VmHWM"))
			}
		}
	})
	return c
}

// processor is the processor time of a process in milliseconds.
func processor(pid int) float64 {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	words := strings.Fields(rest)
	if len(words) < 13 {
		return 0
	}
	user, err := strconv.ParseFloat(words[11], 64)
	check(err)
	system, err := strconv.ParseFloat(words[12], 64)
	check(err)
	// In hundredths of a second.
	return 10 * (user + system)
}

// eventually waits until something is so, and returns how many commands it asked for that.
func (b *bench) eventually(what string, commands int, so func() bool) int {
	asked := 0
	for start := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		asked += commands
		if so() {
			return asked
		}
		if time.Since(start) > 5*time.Minute {
			check(fmt.Errorf("this took too long: %s", what))
		}
	}
}

// lengths adds up how many tasks lie in lists of queues.
func (b *bench) lengths(queues []string, lists ...string) int64 {
	ctx := context.Background()
	pipe := b.redis.Pipeline()
	var found []*redis.IntCmd
	for _, queue := range queues {
		for _, list := range lists {
			found = append(found, pipe.LLen(ctx, "asynq:{"+queue+"}:"+list))
		}
	}
	_, err := pipe.Exec(ctx)
	check(err)
	var sum int64
	for _, length := range found {
		sum += length.Val()
	}
	return sum
}
