package main

import (
	"fmt"
	"os"
	"time"

	"github.com/hibiken/asynq"
)

func quickFigures() []figure {
	return []figure{
		{"no-op tasks, 64 slots", "/s", true, "≥ 5 × Go", copies(noopQctl(64)).rate, copies(noopGo(64)).rate, "Go"},
		{"no-op tasks, 64 slots, 500 000 enqueued by Go", "/s", true, "≥ 5 × Go", enqueued(noopQctl(64)).rate, enqueued(noopGo(64)).rate, "Go"},
		{"no-op tasks, 10 slots", "/s", true, "≥ 3 × Go", copies(noopQctl(10)).rate, copies(noopGo(10)).rate, "Go"},
		{"processor time of Redis per no-op task, 64 slots", "µs", false, "–", copies(noopQctl(64)).redisTime, copies(noopGo(64)).redisTime, "Go"},
		{"time in scripts per no-op task, 64 slots", "µs", false, "–", copies(noopQctl(64)).scriptTime, copies(noopGo(64)).scriptTime, "Go"},
		{"no-op tasks, 64 slots, and the ceiling", "/s", true, "–", copies(noopQctl(64)).rate, ceiling, "scripts alone"},
		{"library, no-op tasks, 64 slots", "/s", true, "≥ 5 × Go", copies(noopRust("qctl", 64)).rate, copies(noopGo(64)).rate, "Go"},
		{"library, no-op tasks, 10 slots", "/s", true, "≥ 3 × Go", copies(noopRust("qctl", 10)).rate, copies(noopGo(10)).rate, "Go"},
		{"library, no-op tasks, 64 slots, and the crate asynq 0.1", "/s", true, "–", copies(noopRust("qctl", 64)).rate, copies(noopRust("asynq", 64)).unsettled().rate, "crate asynq"},
		{"enqueue from NDJSON", "/s", true, "≥ 200 000/s", feedQctl, feedGo, "Go, 64 at a time"},
		{"exec /bin/true, 4 slots", "/s", true, "≥ 80 % of a spawn loop", trueQctl("exec"), spawnLoop, "spawn loop"},
		{"run true, 4 slots", "/s", true, "≥ xargs -P 4", trueQctl("run"), xargs, "xargs sh -c"},
		{"http, 64 at a time", "/s", true, "–", httpQctl, loadGenerator, "load generator"},
		{"stats of 1 000 queues", "ms", false, "≤ 100 ms", statsQctl, nil, ""},
		{"qctl --version", "ms", false, "≤ 5 ms", versionQctl, nil, ""},
		{"binary", "MB", false, "≤ 18 MB", sizeQctl, nil, ""},
	}
}

// neighbors are other task queues, each measured only if it could be installed. Without Celery, the pipe handler is alone.
func (b *bench) neighbors() []figure {
	var all []figure
	if b.modules != "" {
		all = append(all, figure{"no-op tasks, 64 slots, and BullMQ", "/s", true, "–", copies(noopQctl(64)).rate, bullmq, "BullMQ, 64 at a time"})
	}
	const target = "≥ 20 000/s"
	if b.python == "" {
		return append(all, figure{"pipe, Python, 64 slots", "/s", true, target, pipeQctl, nil, ""})
	}
	return append(all,
		figure{"pipe, Python, 64 slots, and Celery", "/s", true, target, pipeQctl, celery, "Celery, 2 processes"},
		figure{"pipe, Python, 64 slots, and RQ", "/s", true, target, pipeQctl, rq, "RQ"})
}

// slowFigures need a million tasks each time, or a while.
func slowFigures() []figure {
	return []figure{
		{"enqueue → start, p50", "ms", false, "≤ 2 ms", startQctl(0, 50), startGo(0, 50), "Go"},
		{"enqueue → start, p99", "ms", false, "≤ 10 ms", startQctl(0, 99), startGo(0, 99), "Go"},
		{"due → start, p95", "ms", false, "≤ 50 ms", startQctl(2, 95), startGo(2, 95), "Go"},
		{"total: delete pending", "s", false, "≤ Go", total(deletePending.qctl, shares{"pending": 0}), total(deletePending.goes, shares{"pending": 0}), "Go"},
		{"total: retry archived", "s", false, "≤ Go", total(retryArchived.qctl, shares{"archived": 0, "pending": 1}), total(retryArchived.goes, shares{"archived": 0, "pending": 1}), "Go"},
		{"total: archive scheduled", "s", false, "≤ Go", total(archiveScheduled.qctl, shares{"scheduled": 0}), total(archiveScheduled.goes, shares{"scheduled": 0}), "Go"},
		{"total: delete 1 % by filter", "s", false, "≤ 60 s", total(deleteSome.qctl, shares{"pending": 0.99}), nil, ""},
		{"stall: delete pending", "ms", false, "≤ 10 ms", stall(deletePending.qctl), stall(deletePending.goes), "Go"},
		{"stall: retry archived", "ms", false, "≤ 10 ms", stall(retryArchived.qctl), stall(retryArchived.goes), "Go"},
		{"stall: archive scheduled", "ms", false, "≤ 10 ms", stall(archiveScheduled.qctl), stall(archiveScheduled.goes), "Go"},
		{"stall: scripts of a millisecond", "ms", false, "–", stall(harmless.qctl), nil, ""},
		{"stall: delete 50 % of scheduled by filter", "ms", false, "≤ 10 ms", stall(deleteHalf.qctl), nil, ""},
		{"stall: delete 1 % by filter", "ms", false, "≤ 10 ms", stall(deleteSome.qctl), nil, ""},
		{"stall under load: nothing", "ms", false, "–", underLoad(nothing.qctl).stall, nil, ""},
		{"stall under load: delete pending", "ms", false, "≤ 10 ms", underLoad(deletePending.qctl).stall, underLoad(deletePending.goes).stall, "Go"},
		{"stall under load: archive pending", "ms", false, "≤ 10 ms", underLoad(archivePending.qctl).stall, nil, ""},
		{"stall under load: retry archived", "ms", false, "≤ 10 ms", underLoad(retryArchived.qctl).stall, nil, ""},
		{"stall under load: delete 50 % of scheduled by filter", "ms", false, "≤ 10 ms", underLoad(deleteHalf.qctl).stall, nil, ""},
		{"stall under load: archive scheduled", "ms", false, "≤ 10 ms", underLoad(archiveScheduled.qctl).stall, underLoad(archiveScheduled.goes).stall, "Go"},
		{"stall under load: delete 1 % by filter", "ms", false, "≤ 10 ms", underLoad(deleteSome.qctl).stall, nil, ""},
		{"leaked under load: delete 1 % by filter", "keys", false, "0", underLoad(deleteSome.qctl).leaks, nil, ""},
		{"leaked under load: archive scheduled", "keys", false, "0", underLoad(archiveScheduled.qctl).leaks, underLoad(archiveScheduled.goes).leaks, "Go"},
		{"memory: ls tasks -o ndjson", "MB", false, "≤ 64 MB", memoryOf("ls", "tasks", "-q", "default", "-s", "pending", "-o", "ndjson"), nil, ""},
		{"memory: delete pending", "MB", false, "≤ 64 MB", memoryOf("delete", "-q", "default", "-s", "pending", "--yes"), nil, ""},
		{"memory: delete 1 % by filter", "MB", false, "≤ 64 MB", memoryOf(deleteSomeArgs...), nil, ""},
		{"memory: enqueue --from", "MB", false, "≤ 64 MB", memoryOfFeed, nil, ""},
		{"total: doctor", "s", false, "–", total(examine.qctl, shares{"pending": 1}), nil, ""},
		{"stall: doctor", "ms", false, "≤ 10 ms", stall(examine.qctl), nil, ""},
		{"memory: doctor", "MB", false, "≤ 64 MB", memoryOf(examineArgs...), nil, ""},
		{"memory: doctor, a fifth of the tasks lost", "MB", false, "≤ 64 MB", memoryOfFindings, nil, ""},
		{"idle worker, three queues: memory", "MB", false, "≤ 20 MB", idleQctl.memory, nil, ""},
		{"idle worker, three queues: commands", "/s", false, "≤ 10/s", idleQctl.commands, idleGo, "Go"},
	}
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
