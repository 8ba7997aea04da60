package main

import (
	"context"
	"time"

	"github.com/hibiken/asynq"
)

// firstClaim starts workers and returns how many milliseconds it took until the first has claimed a task of the
// last queue.
func (b *bench) firstClaim(s side, workers int, queues []string) (crew, float64) {
	b.register(queues)
	last := queues[len(queues)-1:]
	b.fill(last[0], "pending", 1)
	start := time.Now()
	crew := b.crew(s, workers, queues)
	b.eventually("the first claim", 0, func() bool { return b.lengths(last, "pending") == 0 })
	return crew, milliseconds(time.Since(start))
}

// register makes queues known, without tasks.
func (b *bench) register(queues []string) {
	check(b.redis.SAdd(context.Background(), "asynq:queues", queues).Err())
}

// idleCrew is what workers cost that have nothing to do.
func (b *bench) idleCrew(s side, workers int, queues []string) []string {
	before := b.info("connected_clients")
	crew, start := b.firstClaim(s, workers, queues)
	defer crew.stop()
	var used float64
	cost := b.perSecond(func() {
		used = crew.average(processor)
		time.Sleep(b.while())
		used = crew.average(processor) - used
	})
	one := b.oneByOne(queues[0], cost)
	return []string{
		number(cost.commands),
		number(cost.cpu),
		number(used / b.while().Seconds()),
		number(crew.average(func(pid int) float64 { return memory(pid, "VmRSS") })),
		number(b.info("connected_clients") - before),
		number(start),
		number(one.commands),
		number(1000 * one.cpu),
	}
}

// oneByOne is what a task costs idle workers beyond what they cost anyhow. What it costs to enqueue it counts too.
func (b *bench) oneByOne(queue string, idle cost) cost {
	const tasks, pause = 100, 50 * time.Millisecond
	client := asynq.NewClientFromRedisClient(b.redis)
	start := time.Now()
	spent := b.during(func() {
		for range tasks {
			_, err := client.Enqueue(asynq.NewTask("noop", nil), asynq.Queue(queue))
			check(err)
			time.Sleep(pause)
		}
	})
	seconds := time.Since(start).Seconds()
	return cost{spent.commands - seconds*idle.commands, spent.cpu - seconds*idle.cpu}.by(tasks)
}

// perSecond is what something costs each second that lasts as long as idle programs are watched. It begins when
// what was started before has looked around for the first time.
func (b *bench) perSecond(do func()) cost {
	time.Sleep(3 * time.Second)
	return b.during(do).by(b.while().Seconds())
}

// while is how long idle programs are watched.
func (b *bench) while() time.Duration {
	if b.full {
		return 30 * time.Second
	}
	return 20 * time.Second
}

// idle is what idle programs cost each second.
func (b *bench) idle() cost {
	return b.perSecond(func() { time.Sleep(b.while()) })
}

// busyCrew is what a task costs when several workers want it.
func (b *bench) busyCrew(s side, workers int, queues []string) []string {
	for _, queue := range queues {
		b.fill(queue, "pending", b.tasks/len(queues))
	}
	spent, took := b.drain(s, workers, queues, b.tasks)
	perTask := spent.by(float64(b.tasks))
	return []string{
		number(float64(b.tasks) / took.Seconds()),
		number(perTask.commands),
		number(1000 * perTask.cpu),
	}
}

// drain lets workers run so many tasks that are pending, and returns what that cost, without their start and end.
func (b *bench) drain(s side, workers int, queues []string, tasks int) (cost, time.Duration) {
	ctx := context.Background()
	for _, queue := range queues {
		check(b.redis.Set(ctx, "asynq:{"+queue+"}:paused", time.Now().Unix(), 0).Err())
	}
	before := b.lengths(queues, "pending")
	crew := b.crew(s, workers, queues)
	defer crew.stop()
	time.Sleep(3 * time.Second)
	var took time.Duration
	var left int64
	asked := 0
	spent := b.during(func() {
		start := time.Now()
		for _, queue := range queues {
			check(b.redis.Del(ctx, "asynq:{"+queue+"}:paused").Err())
		}
		asked = len(queues) + b.eventually("all tasks", 2*len(queues), func() bool {
			left = b.lengths(queues, "pending", "active")
			return left <= before-int64(tasks)
		})
		took = time.Since(start)
	})
	spent.commands -= float64(asked)
	done := float64(before - left)
	share := float64(tasks) / done
	return spent.by(1 / share), time.Duration(share * float64(took))
}
