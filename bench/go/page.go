package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynqmon"
)

const (
	pageQueues  = 1000
	pageViewers = 20
	pageLooks   = 40
	// How often asynqmon's page asks again, unless its user chooses another interval.
	asynqmonInterval = 8 * time.Second
)

// site is a page that answers requests: qctl's, or asynqmon's.
type site struct {
	base string
	stop func()
	// watch is what an open overview does until the context ends.
	watch func(context.Context)
}

// fillQueues spreads half of the tasks over many queues. The other half is in one, which a worker may drain meanwhile.
func (b *bench) fillQueues() {
	for queue := range pageQueues - 1 {
		b.fill(fmt.Sprintf("queue-%03d", queue), "pending", b.bulk/2/pageQueues)
	}
	b.fill("default", "pending", b.bulk/2)
}

func (b *bench) qctlSite() site {
	serve := b.command("serve", "--listen", "127.0.0.1:0", "--auth", "none")
	serve.Args = slices.DeleteFunc(serve.Args, func(arg string) bool { return arg == "--quiet" })
	output, err := serve.StderrPipe()
	check(err)
	check(serve.Start())
	lines := bufio.NewScanner(output)
	base := ""
	for base == "" && lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "http://"); found {
			base = "http://" + strings.TrimRight(strings.Fields(address)[0], "/")
		}
	}
	if base == "" {
		check(fmt.Errorf("qctl serve did not say where it listens"))
	}
	go io.Copy(io.Discard, output)
	return site{
		base: base,
		stop: func() {
			check(serve.Process.Signal(syscall.SIGINT))
			check(serve.Wait())
		},
		watch: func(ctx context.Context) { stream(ctx, base+"/live/overview") },
	}
}

func (b *bench) asynqmonSite() site {
	page := asynqmon.New(asynqmon.Options{RootPath: "/monitoring", RedisConnOpt: asynq.RedisClientOpt{Addr: b.addr}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: page}
	go server.Serve(listener)
	base := "http://" + listener.Addr().String() + "/monitoring/api"
	return site{
		base: base,
		stop: func() {
			check(server.Close())
			check(page.Close())
		},
		watch: func(ctx context.Context) {
			for ctx.Err() == nil {
				firstByte(ctx, base+"/queues")
				select {
				case <-ctx.Done():
				case <-time.After(asynqmonInterval):
				}
			}
		},
	}
}

// stream reads events until the context ends.
func stream(ctx context.Context, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	check(err)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		if ctx.Err() == nil {
			check(err)
		}
		return
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		check(fmt.Errorf("%s: %s", url, response.Status))
	}
	io.Copy(io.Discard, response.Body)
}

// firstByte returns how long the first byte of an answer took.
func firstByte(ctx context.Context, url string) time.Duration {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	check(err)
	start := time.Now()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		if ctx.Err() == nil {
			check(err)
		}
		return 0
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		check(fmt.Errorf("%s: %s", url, response.Status))
	}
	_, err = response.Body.Read(make([]byte, 1))
	took := time.Since(start)
	if err == nil {
		io.Copy(io.Discard, response.Body)
	}
	return took
}

// viewers keeps pages open while something is done.
func (s site) viewers(count int, do func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	for range count {
		go func() {
			s.watch(ctx)
			ended <- struct{}{}
		}()
	}
	do()
	cancel()
	for range count {
		<-ended
	}
}

// pageLatency is the 95th percentile of the first byte of a page, with open overviews beside it, while a worker drains
// the queues.
func pageLatency(start func(*bench) site, path string) func(*bench) float64 {
	return func(b *bench) float64 {
		b.fillQueues()
		site := start(b)
		defer site.stop()
		worker := b.command("work", "--discard", "*", "--concurrency", "4")
		check(worker.Start())
		var took []float64
		site.viewers(pageViewers, func() {
			for range pageLooks {
				took = append(took, milliseconds(firstByte(context.Background(), site.base+path)))
				time.Sleep(50 * time.Millisecond)
			}
		})
		check(worker.Process.Signal(syscall.SIGTERM))
		check(worker.Wait())
		slices.Sort(took)
		return took[len(took)*95/100]
	}
}

// pageCommands is what open overviews cost Redis.
func pageCommands(start func(*bench) site, viewers int) func(*bench) float64 {
	return func(b *bench) (rate float64) {
		b.fillQueues()
		site := start(b)
		defer site.stop()
		site.viewers(viewers, func() { rate = b.commandsMeanwhile() })
		return rate
	}
}

// pageStall is the longest wait of another client while overviews are open and pages are asked for.
func pageStall(start func(*bench) site, paths ...string) func(*bench) float64 {
	return func(b *bench) (longest float64) {
		b.fillQueues()
		site := start(b)
		defer site.stop()
		site.viewers(pageViewers, func() {
			longest = b.longestWait(func() {
				for range pageLooks {
					for _, path := range paths {
						firstByte(context.Background(), site.base+path)
					}
				}
			})
		})
		return longest
	}
}

func pageFigures() []figure {
	ours, theirs := (*bench).qctlSite, (*bench).asynqmonSite
	const (
		queue   = "/queue?queue=queue-500"
		tasks   = "/tasks?q=queue:queue-500+state:pending"
		task    = "/task?queue=queue-500&id=00000001"
		queueGo = "/queues/queue-500"
		tasksGo = "/queues/queue-500/pending_tasks?page=1&size=20"
		taskGo  = "/queues/queue-500/tasks/00000001"
	)
	latency := func(name, our, their string) figure {
		name = "page: " + name + ", first byte, p95"
		return figure{name, "ms", false, "≤ 100 ms", pageLatency(ours, our), pageLatency(theirs, their), "asynqmon"}
	}
	return []figure{
		latency("overview", "/", "/queues"),
		latency("queue", queue, queueGo),
		latency("tasks", tasks, tasksGo),
		latency("task", task, taskGo),
		{"page: commands of one viewer", "/s", false, "–", pageCommands(ours, 1), pageCommands(theirs, 1), "asynqmon"},
		{"page: commands of 20 viewers", "/s", false, "as for one", pageCommands(ours, pageViewers), pageCommands(theirs, pageViewers), "asynqmon"},
		{"page: stall, 20 viewers", "ms", false, "≤ 10 ms", pageStall(ours, "/", queue, tasks, task), pageStall(theirs, "/queues", queueGo, tasksGo, taskGo), "asynqmon"},
	}
}
