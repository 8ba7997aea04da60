package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ceiling is how fast Redis runs qctl's own scripts for a claim and a success, a hundred tasks at a time, when
// nobody has to wait for an answer or to look at it: the requests are made before the time starts.
func ceiling(b *bench) float64 {
	b.fill("default", "pending", b.tasks)
	const batch = 100
	ctx := context.Background()
	client := redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: time.Minute})
	defer client.Close()
	claim := b.load("claim")
	settle := b.load("settle_done")
	prefix := "asynq:{default}:"
	// The mark of a worker, in its leases and in the tokens of its claims.
	const mark = "123456"
	day := time.Now().Add(time.Hour).Unix()
	ends, token := fmt.Sprintf("%d.%s", day, mark), mark+"-0123456789abcdef"
	pipes := []redis.Pipeliner{client.Pipeline()}
	for start := 0; start+batch <= b.tasks; start += batch {
		pipe := pipes[len(pipes)-1]
		pipe.EvalSha(ctx, claim, []string{prefix + "pending", prefix + "active", prefix + "lease", prefix + "paused", prefix + "retry", prefix + "qctl:aside"},
			prefix+"t:", ends, token, batch)
		args := []any{prefix + "t:", day}
		for i := start; i < start+batch; i++ {
			args = append(args, fmt.Sprintf("%08d", i), "", token, "") // id, any lease, its claim, no lock
		}
		pipe.EvalSha(ctx, settle, []string{prefix + "active", prefix + "lease", prefix + "processed", prefix + "processed:today"}, args...)
		if pipe.Len() >= 20 {
			pipes = append(pipes, client.Pipeline())
		}
	}
	start := time.Now()
	for _, pipe := range pipes {
		_, err := pipe.Exec(ctx)
		check(err)
	}
	took := time.Since(start)
	b.expectDone(b.tasks / batch * batch)
	return float64(b.tasks) / took.Seconds()
}

// load gives Redis a script of qctl's, after the shared files that its header names.
func (b *bench) load(name string) string {
	digest, err := b.redis.ScriptLoad(context.Background(), b.text(name, map[string]bool{})).Result()
	check(err)
	return digest
}

// text is a script after the files that it uses, each once.
func (b *bench) text(name string, seen map[string]bool) string {
	if seen[name] {
		return ""
	}
	seen[name] = true
	source, err := os.ReadFile(filepath.Join(b.lua, name+".lua"))
	check(err)
	text := ""
	for _, line := range strings.Split(string(source), "\n") {
		if used, ok := strings.CutPrefix(line, "-- Uses: "); ok {
			for _, file := range strings.Fields(used) {
				text += b.text("shared/"+file, seen)
			}
		}
	}
	return text + string(source)
}
