package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

func trueQctl(kind string) func(*bench) float64 {
	return func(b *bench) float64 {
		const count = 2000
		b.fill("default", "pending", count)
		handler := `exec = ["/bin/true"]`
		if kind == "run" {
			handler = `run = "true"`
		}
		config, err := os.CreateTemp("", "qctl-bench-*.toml")
		check(err)
		defer os.Remove(config.Name())
		fmt.Fprintf(config, "[handlers.noop]\n%s\n", handler)
		check(config.Close())
		took := b.run("work", "--burst", "--config", config.Name(), "--concurrency", "4")
		b.expectDone(count)
		return count / took.Seconds()
	}
}

// spawnLoop starts /bin/true from four threads and does nothing else.
func spawnLoop(*bench) float64 {
	const count = 2000
	done := make(chan struct{}, 4)
	start := time.Now()
	for range 4 {
		go func() {
			for range count / 4 {
				check(exec.Command("/bin/true").Run())
			}
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
	return count / time.Since(start).Seconds()
}

func xargs(*bench) float64 {
	const count = 2000
	start := time.Now()
	check(exec.Command("sh", "-c", fmt.Sprintf("seq %d | xargs -P 4 -n 1 sh -c true", count)).Run())
	return count / time.Since(start).Seconds()
}
