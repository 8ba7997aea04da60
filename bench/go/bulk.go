package main

import (
	"context"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// bulk is a change of many tasks: the state they are in at first, and how each side makes it.
type bulk struct {
	qctl, goes change
}

type change struct {
	state string
	make  func(*bench)
}

// shares is how much of the tasks each container holds after a change.
type shares map[string]float64

var deleteSomeArgs = []string{"delete", "-q", "default", "-s", "pending", "--filter", ".payload.user_id % 100 == 0", "--yes"}

var examineArgs = []string{"doctor", "--only", "lost-task"}

var (
	deletePending = bulk{
		change{"pending", qctl("delete", "-q", "default", "-s", "pending", "--yes")},
		change{"pending", inspector(func(i *asynq.Inspector) (int, error) { return i.DeleteAllPendingTasks("default") })},
	}
	retryArchived = bulk{
		change{"archived", qctl("retry", "-q", "default", "-s", "archived")},
		change{"archived", inspector(func(i *asynq.Inspector) (int, error) { return i.RunAllArchivedTasks("default") })},
	}
	archiveScheduled = bulk{
		change{"scheduled", qctl("archive", "-q", "default", "-s", "scheduled", "--yes", "--allow-trim")},
		change{"scheduled", inspector(func(i *asynq.Inspector) (int, error) { return i.ArchiveAllScheduledTasks("default") })},
	}
	deleteSome     = bulk{qctl: change{"pending", qctl(deleteSomeArgs...)}}
	archivePending = bulk{qctl: change{"pending", qctl("archive", "-q", "default", "-s", "pending", "--yes", "--allow-trim")}}
	deleteHalf     = bulk{qctl: change{"scheduled", qctl("delete", "-q", "default", "-s", "scheduled", "--filter", ".payload.user_id % 2 == 0", "--yes")}}
	// One of its codes, so that the thresholds do not make it fail; the scan is the whole one.
	examine = bulk{qctl: change{"pending", qctl(examineArgs...)}}
	// What the load alone does to the other client.
	nothing = bulk{qctl: change{"pending", func(*bench) { time.Sleep(5 * time.Second) }}}
	// What the machine does to it: Redis is kept as busy as by a change, with scripts of a millisecond that do nothing.
	harmless = bulk{qctl: change{"pending", func(b *bench) {
		for start := time.Now(); time.Since(start) < 10*time.Second; {
			_, err := b.redis.Eval(context.Background(), "for i = 1, 3000 do redis.call('PING') end return 1", nil).Result()
			check(err)
		}
	}}}
)

func qctl(args ...string) func(*bench) {
	return func(b *bench) { b.run(args...) }
}

func inspector(do func(*asynq.Inspector) (int, error)) func(*bench) {
	return func(b *bench) {
		client := b.redisPatient()
		defer client.Close()
		_, err := do(asynq.NewInspectorFromRedisClient(client))
		check(err)
	}
}

// redisPatient does not give up on a script that takes long.
func (b *bench) redisPatient() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: 5 * time.Minute})
}

func total(c change, left shares) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", c.state, b.bulk)
		start := time.Now()
		c.make(b)
		took := time.Since(start)
		for state, share := range left {
			b.expect(state, int(share*float64(b.bulk)))
		}
		return took.Seconds()
	}
}

// stall is what another client waits. What of it was one command of Redis's, by its own clock, goes beside:
// the rest was before or after, when a processor was wanted by others.
func stall(c change) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fill("default", c.state, b.bulk)
		ctx := context.Background()
		check(b.redis.ConfigSet(ctx, "slowlog-log-slower-than", "1000").Err())
		check(b.redis.ConfigSet(ctx, "slowlog-max-len", "100000").Err())
		check(b.redis.Do(ctx, "SLOWLOG", "RESET").Err())
		longest := b.longestWait(func() { c.make(b) })
		commands, err := b.redisPatient().SlowLogGet(ctx, 100000).Result()
		check(err)
		var most time.Duration
		for _, command := range commands {
			most = max(most, command.Duration)
		}
		check(b.redis.Do(ctx, "SLOWLOG", "RESET").Err())
		b.aside = append(b.aside, milliseconds(most))
		return longest
	}
}

// longestWait does something while another client asks for nothing but an answer, and returns the longest
// wait of that client in milliseconds. A refusal counts as the time until the first answer after it.
func (b *bench) longestWait(do func()) float64 {
	other := redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: 5 * time.Minute, MaxRetries: -1})
	defer other.Close()
	ctx := context.Background()
	over := make(chan struct{})
	longest := make(chan time.Duration)
	go func() {
		var worst time.Duration
		start := time.Now()
		for {
			select {
			case <-over:
				longest <- worst
				return
			default:
			}
			if other.Get(ctx, "nothing").Err() == redis.Nil {
				worst = max(worst, time.Since(start))
				time.Sleep(200 * time.Microsecond)
				start = time.Now()
			}
		}
	}()
	do()
	close(over)
	return milliseconds(<-longest)
}
