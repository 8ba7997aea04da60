package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// registered is what it costs that there are so many queues, each with a task.
func (b *bench) registered(queues int) [][]string {
	all := names(queues)
	for _, queue := range all {
		b.fill(queue, "scheduled", 1)
	}
	stats := b.call("stats", "--json")
	start := time.Now()
	goes := b.during(func() {
		inspector := asynq.NewInspectorFromRedisClient(b.redis)
		found, err := inspector.Queues()
		check(err)
		for _, queue := range found {
			_, err := inspector.GetQueueInfo(queue)
			check(err)
		}
	})
	took := time.Since(start)
	ls := b.call("ls", "-q", all[queues/2])
	crew, first := b.firstClaim(sides[0], 1, []string{"own"})
	// Upkeep of all queues comes once a minute.
	time.Sleep(3 * time.Second)
	idle := b.during(func() { time.Sleep(time.Minute) }).by(60)
	crew.stop()
	site := b.qctlSite()
	var overview cost
	site.viewers(1, func() { overview = b.idle() })
	site.stop()
	return [][]string{{
		number(milliseconds(stats.took)), number(stats.commands), number(stats.peak),
		number(milliseconds(took)), number(goes.commands),
		number(milliseconds(ls.took)), number(ls.commands),
		number(first), number(idle.commands), number(idle.cpu),
		number(overview.commands), number(overview.cpu),
	}}
}

// some is how many tasks are put into a deep queue, and taken out of it.
const some = 20_000

// deep is what a task costs when there are so many in its queue.
func (b *bench) deep(s side, tasks int) []string {
	before := b.info("used_memory")
	b.fill("default", "pending", tasks)
	size := b.info("used_memory") - before
	stats := b.call("stats", "--json")
	page := b.call("ls", "-q", "default")
	enqueued := b.enqueueSome(s).by(some)
	ran, _ := b.drain(s, 1, []string{"default"}, some/2)
	ran = ran.by(some / 2)
	examined := b.call(examineArgs...)
	return []string{
		number(size / float64(tasks)),
		number(milliseconds(stats.took)), number(milliseconds(page.took)),
		number(enqueued.commands), number(1000 * enqueued.cpu),
		number(ran.commands), number(1000 * ran.cpu),
		number(examined.took.Seconds()), number(examined.cpu / 1000), number(examined.peak),
	}
}

// enqueueSome is what it costs to add some tasks.
func (b *bench) enqueueSome(s side) cost {
	if s.name == "Go" {
		tasks := b.tasks
		defer func() { b.tasks = tasks }()
		b.tasks = some
		return b.during(func() { feedGo(b) })
	}
	file := lines(some)
	defer os.Remove(file)
	return b.call("enqueue", "--from", file).cost
}

var groupScript = redis.NewScript(`
for n = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  local id = string.format('%08d', n)
  redis.call('HSET', KEYS[1] .. 't:' .. id, 'msg', ARGV[1], 'state', 'aggregating', 'group', id)
  redis.call('ZADD', KEYS[1] .. 'g:' .. id, 4e9, id)
  redis.call('SADD', KEYS[1] .. 'groups', id)
end
return 1`)

// grouped is what it costs that a queue has so many groups, none of them ripe.
func (b *bench) grouped(s side, groups int) []string {
	b.register([]string{"default"})
	for start := 0; start < groups; start += fillStep {
		end := min(start+fillStep, groups) - 1
		keys := []string{"asynq:{default}:"}
		check(groupScript.Run(context.Background(), b.redis, keys, "", start, end).Err())
	}
	worker := crew{s.merger(b)}
	worker.start()
	merging := b.idle()
	worker.stop()
	stats := b.call("stats", "--json")
	ls := b.call("ls", "groups", "-q", "default")
	return []string{
		number(merging.commands), number(merging.cpu),
		number(milliseconds(stats.took)), number(stats.commands),
		number(milliseconds(ls.took)), number(ls.commands),
	}
}

// scheduled is what it costs that there are so many schedules: while none is due, and when all are.
func (b *bench) scheduled(schedules int) [][]string {
	var rows [][]string
	for _, schedulers := range []int{1, 10} {
		b.flush()
		b.store(schedules, "@yearly")
		var all crew
		for range schedulers {
			all = append(all, b.command("cron", "run-scheduler"))
		}
		all.start()
		idle := b.idle()
		b.store(schedules, "*/20 * * * * *")
		// Each process has heard of them, and the ticks that are due by then are over.
		time.Sleep(5 * time.Second)
		before := b.lengths([]string{"default"}, "pending")
		firing := b.idle()
		ticks := float64(b.lengths([]string{"default"}, "pending") - before)
		resident := all.average(func(pid int) float64 { return memory(pid, "VmRSS") })
		all.stop()
		seconds := b.while().Seconds()
		rows = append(rows, []string{
			fmt.Sprintf("qctl × %d", schedulers), number(idle.commands), number(idle.cpu), number(resident),
			number((firing.commands - idle.commands) * seconds / ticks),
			number(1000 * (firing.cpu - idle.cpu) * seconds / ticks),
		})
	}
	b.flush()
	return append(rows, b.scheduledGo(schedules))
}

// store stores so many schedules.
func (b *bench) store(schedules int, spec string) {
	file, err := os.CreateTemp("", "qctl-bench-*.toml")
	check(err)
	defer os.Remove(file.Name())
	for n := range schedules {
		fmt.Fprintf(file, "[[cron]]\nname = \"schedule-%05d\"\nspec = %q\ntype = \"noop\"\n", n, spec)
	}
	check(file.Close())
	b.run("cron", "sync", file.Name())
}

func (b *bench) scheduledGo(schedules int) []string {
	idle, _ := b.schedulerGo(schedules, "@yearly")
	firing, ticks := b.schedulerGo(schedules, "@every 20s")
	seconds := b.while().Seconds()
	return []string{
		"Go × 1", number(idle.commands), number(idle.cpu), "–",
		number((firing.commands - idle.commands) * seconds / ticks),
		number(1000 * (firing.cpu - idle.cpu) * seconds / ticks),
	}
}

// schedulerGo is a scheduler of the Go library, in this process: what it costs, and how often it has fired.
func (b *bench) schedulerGo(schedules int, spec string) (cost, float64) {
	scheduler := asynq.NewScheduler(asynq.RedisClientOpt{Addr: b.addr}, &asynq.SchedulerOpts{LogLevel: asynq.FatalLevel})
	for range schedules {
		_, err := scheduler.Register(spec, asynq.NewTask("noop", nil))
		check(err)
	}
	check(scheduler.Start())
	defer scheduler.Shutdown()
	time.Sleep(3 * time.Second)
	before := b.lengths([]string{"default"}, "pending")
	spent := b.idle()
	return spent, float64(b.lengths([]string{"default"}, "pending") - before)
}
