package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hibiken/asynq"
)

// record is a file to which every attempt appends a line when it starts and another when it ends, as
// tests/fixtures/soak_handler.sh does: what happened is known even if the process is killed.
type record struct {
	File string `json:"file"`
	// Worker is the name of this process in the file.
	Worker string `json:"worker"`
}

// attempt runs a task whose payload says for how many seconds, and how many attempts fail at first.
func (r *record) attempt(ctx context.Context, task *asynq.Task) error {
	id, _ := asynq.GetTaskID(ctx)
	retried, _ := asynq.GetRetryCount(ctx)
	line := fmt.Sprintf("%s %d %s %d", id, retried, r.Worker, os.Getpid())
	if err := r.append("s", line, ""); err != nil {
		return err
	}
	var seconds float64
	var failures int
	if _, err := fmt.Sscan(string(task.Payload()), &seconds, &failures); err != nil {
		return err
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
	case <-ctx.Done():
		return ctx.Err()
	}
	if retried < failures {
		return errors.Join(r.append("e", line, " 1"), errors.New("planned"))
	}
	return r.append("e", line, " 0")
}

// append writes one line in one call, so that lines of several processes never mix. The time is that since the
// machine was started, which no wrong clock moves.
func (r *record) append(phase, line, end string) error {
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return err
	}
	now, _, _ := strings.Cut(string(uptime), " ")
	file, err := os.OpenFile(r.File, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s %s %s%s\n", phase, line, now, end)
	return errors.Join(err, file.Close())
}
