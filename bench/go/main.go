// The benchmark: each figure for qctl and for the Go library, one after the other, round by round, on a
// private Redis. It prints one table with medians, spreads and ratios.
//
// bench/run builds what is needed and starts this.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// bench is what every figure needs: the program, the server, and how much to do.
type bench struct {
	qctl    string
	library string
	lua     string
	addr    string
	url     string
	tasks   int
	bulk    int
	rounds  int
	redis   redis.UniversalClient
	// servers are all that hold the data: several in a cluster.
	servers []*redis.Client
	program string
	full    bool
	// python is the interpreter of an environment with Celery and RQ, and scripts the folder of what it runs.
	python  string
	scripts string
	// modules is a folder with bench/node and BullMQ.
	modules string
	// aside is what a figure has to say besides itself, in milliseconds, once for each time it was measured.
	aside []float64
}

// figure is one row of the table. A side that has no value for it is nil.
type figure struct {
	name   string
	unit   string
	higher bool // more is better
	target string
	qctl   func(*bench) float64
	other  func(*bench) float64
	beside string // what the other side is
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		runWorker(os.Args[2:])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "endpoint" {
		runEndpoint()
		return
	}
	b := &bench{}
	only := flag.String("only", "", "run the figure of this name, or those whose names contain it")
	flag.StringVar(&b.qctl, "qctl", "", "the qctl binary")
	flag.StringVar(&b.library, "library", "", "the program in bench/rust")
	flag.StringVar(&b.lua, "lua", "src/broker/lua", "the folder of qctl's scripts")
	flag.StringVar(&b.addr, "addr", "", "host:port of the private Redis")
	flag.IntVar(&b.tasks, "tasks", 100_000, "tasks for the throughput figures")
	flag.IntVar(&b.bulk, "bulk", 1_000_000, "tasks for the bulk figures")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of each figure")
	flag.StringVar(&b.program, "server", "redis-server", "the Redis server, for clusters")
	flag.StringVar(&b.python, "python", "", "the Python of an environment with Celery and RQ; without it, neither is measured")
	flag.StringVar(&b.scripts, "scripts", "", "the folder bench/python")
	flag.StringVar(&b.modules, "modules", "", "a folder with what is in bench/node, and BullMQ; without it, BullMQ is not measured")
	flag.BoolVar(&b.full, "full", false, "the tables of scale in full size; half an hour, and 8 GB of memory")
	flag.Parse()
	b.url = "redis://" + b.addr
	client := redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: time.Minute})
	b.redis, b.servers = client, []*redis.Client{client}
	fmt.Printf("%s, %d processors, redis %s, asynq v0.26.0; %d tasks in bulk; %d rounds\n\n",
		runtime.GOARCH, runtime.NumCPU(), b.version(), b.bulk, b.rounds)
	b.figures(*only)
	for _, table := range tables() {
		if strings.Contains(table.name, *only) {
			b.print(table)
		}
	}
}

// figures prints the table of single figures.
func (b *bench) figures(only string) {
	all := slices.Concat(quickFigures(), b.neighbors(), slowFigures(), pageFigures())
	isNamed := slices.ContainsFunc(all, func(f figure) bool { return f.name == only })
	wanted := slices.DeleteFunc(all, func(f figure) bool {
		return f.name != only && (isNamed || !strings.Contains(f.name, only))
	})
	if len(wanted) == 0 {
		return
	}
	fmt.Println("| figure | qctl | beside | times as good | target |")
	fmt.Println("| --- | --- | --- | --- | --- |")
	for _, figure := range wanted {
		b.row(figure)
	}
}

func (b *bench) version() string {
	for line := range strings.Lines(b.redis.Info(context.Background(), "server").Val()) {
		if version, found := strings.CutPrefix(line, "redis_version:"); found {
			return strings.TrimSpace(version)
		}
	}
	return "?"
}

// row measures both sides in turn, so that a machine that slows down slows both. Who is first changes
// from round to round: the second one finds memory as the first has left it.
func (b *bench) row(f figure) {
	var ours, theirs, ratios, longest []float64
	for round := range b.rounds {
		var our, their float64
		sides := []func(){
			func() { b.flush(); our = f.qctl(b); longest = append(longest, b.aside...) },
			func() { b.flush(); their = f.other(b) },
		}
		if f.other == nil {
			sides = sides[:1]
		} else if round%2 == 1 {
			slices.Reverse(sides)
		}
		for _, side := range sides {
			b.aside = nil
			side()
		}
		ours = append(ours, our)
		if f.other == nil {
			continue
		}
		theirs = append(theirs, their)
		if f.higher {
			ratios = append(ratios, our/their)
		} else {
			ratios = append(ratios, their/our)
		}
	}
	beside, ratio := "–", "–"
	if len(theirs) > 0 {
		beside = fmt.Sprintf("%s: %s", f.beside, spread(theirs, f.unit))
		ratio = fmt.Sprintf("%.2f ×", median(ratios))
	}
	our := spread(ours, f.unit)
	if len(longest) > 0 {
		our += "; longest command: " + spread(longest, "ms")
	}
	fmt.Printf("| %s | %s | %s | %s | %s |\n", f.name, our, beside, ratio, f.target)
}

func (b *bench) flush() {
	ctx := context.Background()
	for _, server := range b.servers {
		check(server.FlushAll(ctx).Err())
		// Freed memory and fresh connections should not be paid for by whoever comes next: for seconds afterwards
		// the allocator gives pages back, in the midst of a command.
		check(server.Do(ctx, "MEMORY", "PURGE").Err())
	}
	time.Sleep(200 * time.Millisecond)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// spread is the median with the lowest and the highest value.
func spread(values []float64, unit string) string {
	return fmt.Sprintf("%s %s (%s–%s)", number(median(values)), unit,
		number(slices.Min(values)), number(slices.Max(values)))
}

func number(value float64) string {
	if value >= 100 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.2f", value)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
