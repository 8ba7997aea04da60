package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const slots = 16_384

// clusterQueues is how many queues are spread over a cluster.
const clusterQueues = 60

// cluster is what it costs that the same queues lie on so many primaries.
func (b *bench) cluster(primaries int) [][]string {
	c, stop := b.startCluster(primaries)
	defer stop()
	all := names(clusterQueues)
	return both(func(_ *bench, s side, _ int) []string {
		for _, queue := range all {
			c.fill(queue, "pending", b.tasks/clusterQueues)
		}
		before := c.each()
		spent, _ := c.drain(s, 4, all, b.tasks/clusterQueues*clusterQueues)
		after := c.each()
		var shares []float64
		for i := range after {
			shares = append(shares, after[i]-before[i])
		}
		var sum float64
		for _, share := range shares {
			sum += share
		}
		perTask := spent.by(float64(b.tasks))
		crew := c.crew(s, 1, all)
		idle := c.idle()
		crew.stop()
		stats := c.call("stats", "--json")
		for _, queue := range all {
			c.fill(queue, "pending", b.tasks/clusterQueues)
		}
		examined := c.call(examineArgs...)
		return []string{
			number(perTask.commands), number(1000 * perTask.cpu),
			number(100 * slices.Max(shares) / sum),
			number(idle.commands), number(idle.cpu),
			number(milliseconds(stats.took)), number(stats.commands),
			number(milliseconds(examined.took)), number(examined.commands),
		}
	})(c, primaries)
}

// each is the processor time of each server.
func (b *bench) each() []float64 {
	var all []float64
	for _, server := range b.servers {
		one := bench{servers: []*redis.Client{server}}
		all = append(all, one.spent().cpu)
	}
	return all
}

// startCluster starts servers that share the slots evenly.
func (b *bench) startCluster(primaries int) (*bench, func()) {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "qctl-bench-*")
	check(err)
	c := *b
	c.servers = nil
	var addrs []string
	var running []*exec.Cmd
	for n := range primaries {
		port := freePort()
		server := exec.Command(b.program, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
			"--dir", folder, "--cluster-enabled", "yes", "--cluster-config-file", fmt.Sprintf("nodes-%d.conf", n))
		check(server.Start())
		running = append(running, server)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		addrs = append(addrs, addr)
		client := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: time.Minute})
		c.servers = append(c.servers, client)
		c.eventually("the start of a server", 0, func() bool { return client.Ping(ctx).Err() == nil })
		check(client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", n+1).Err())
		check(client.ClusterAddSlotsRange(ctx, n*slots/primaries, (n+1)*slots/primaries-1).Err())
		if n > 0 {
			host, port, _ := net.SplitHostPort(addrs[0])
			check(client.ClusterMeet(ctx, host, port).Err())
		}
	}
	for _, server := range c.servers {
		c.eventually("the cluster", 0, func() bool {
			info := server.ClusterInfo(ctx).Val()
			return strings.Contains(info, "cluster_state:ok") && field(info, "cluster_known_nodes") == float64(primaries)
		})
	}
	c.addr = strings.Join(addrs, ",")
	c.url = "redis-cluster://" + c.addr
	c.redis = redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ReadTimeout: time.Minute})
	return &c, func() {
		for _, server := range running {
			check(server.Process.Kill())
			_ = server.Wait()
		}
		check(os.RemoveAll(folder))
	}
}

func freePort() int {
	// The bus of a cluster listens ten thousand above.
	for port := 20_000 + os.Getpid()%1000; ; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		check(listener.Close())
		return port
	}
}
