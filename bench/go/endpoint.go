package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// posts is how many requests an endpoint gets, and postsAtOnce how many at the same time.
const (
	posts       = 50_000
	postsAtOnce = 64
)

// runEndpoint is an endpoint in a process of its own. It reads what it gets, and answers 204; a GET returns the number of POSTs.
func runEndpoint() {
	var seen atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("http://%s/\n", listener.Addr())
	check(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, seen.Load())
			return
		}
		_, err := io.Copy(io.Discard, r.Body)
		check(err)
		seen.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})))
}

// withEndpoint starts an endpoint and sends requests to it. It must get as many as it should.
func withEndpoint(send func(url string) time.Duration) float64 {
	program, err := os.Executable()
	check(err)
	endpoint := exec.Command(program, "endpoint")
	endpoint.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := endpoint.StdoutPipe()
	check(err)
	check(endpoint.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	check(err)
	url := strings.TrimSpace(line)
	took := send(url)
	answer, err := http.Get(url)
	check(err)
	seen, err := io.ReadAll(answer.Body)
	check(err)
	if string(seen) != fmt.Sprint(posts) {
		check(fmt.Errorf("the endpoint got %s requests, not %d", seen, posts))
	}
	check(endpoint.Process.Kill())
	_ = endpoint.Wait()
	return posts / took.Seconds()
}

func httpQctl(b *bench) float64 {
	b.fill("default", "pending", posts)
	return withEndpoint(func(url string) time.Duration {
		config, err := os.CreateTemp("", "qctl-bench-*.toml")
		check(err)
		defer os.Remove(config.Name())
		fmt.Fprintf(config, "[handlers.noop]\nhttp = %q\n", url)
		check(config.Close())
		took := b.run("work", "--burst", "--config", config.Name(), "--concurrency", fmt.Sprint(postsAtOnce))
		b.expectDone(posts)
		return took
	})
}

// loadGenerator posts the same payloads, and does nothing else.
func loadGenerator(*bench) float64 {
	return withEndpoint(func(url string) time.Duration {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: postsAtOnce}}
		defer client.CloseIdleConnections()
		var next atomic.Int64
		done := make(chan struct{}, postsAtOnce)
		start := time.Now()
		for range postsAtOnce {
			go func() {
				for n := next.Add(1); n <= posts; n = next.Add(1) {
					payload := fmt.Appendf(nil, `{"user_id":%08d}`, n)
					answer, err := client.Post(url, "application/octet-stream", bytes.NewReader(payload))
					check(err)
					_, err = io.Copy(io.Discard, answer.Body)
					check(err)
					check(answer.Body.Close())
				}
				done <- struct{}{}
			}()
		}
		for range postsAtOnce {
			<-done
		}
		return time.Since(start)
	})
}
