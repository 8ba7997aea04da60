package main

import (
	"time"

	"github.com/hibiken/asynq"
)

// newTask is a task as a request describes it. A null or missing payload is nil, which for a
// unique task differs from the empty one.
type newTask struct {
	Type    string            `json:"type"`
	Payload []byte            `json:"payload_base64"`
	Headers map[string]string `json:"headers"`
	options
}

// options leaves out what is null or missing, so that the library's defaults apply.
type options struct {
	Queue         *string `json:"queue"`
	ID            *string `json:"id"`
	MaxRetry      *int    `json:"max_retry"`
	TimeoutS      *int64  `json:"timeout_s"`
	DeadlineUnix  *int64  `json:"deadline_unix"`
	ProcessAtUnix *int64  `json:"process_at_unix"`
	UniqueS       *int64  `json:"unique_s"`
	RetentionS    *int64  `json:"retention_s"`
	Group         *string `json:"group"`
}

func (t newTask) task() *asynq.Task {
	if t.Headers != nil {
		return asynq.NewTaskWithHeaders(t.Type, t.Payload, t.Headers)
	}
	return asynq.NewTask(t.Type, t.Payload)
}

func (o options) list() []asynq.Option {
	var list []asynq.Option
	list = given(list, o.Queue, asynq.Queue)
	list = given(list, o.ID, asynq.TaskID)
	list = given(list, o.MaxRetry, asynq.MaxRetry)
	list = given(list, o.TimeoutS, inSeconds(asynq.Timeout))
	list = given(list, o.DeadlineUnix, atUnix(asynq.Deadline))
	list = given(list, o.ProcessAtUnix, atUnix(asynq.ProcessAt))
	list = given(list, o.UniqueS, inSeconds(asynq.Unique))
	list = given(list, o.RetentionS, inSeconds(asynq.Retention))
	list = given(list, o.Group, asynq.Group)
	return list
}

func given[T any](list []asynq.Option, value *T, option func(T) asynq.Option) []asynq.Option {
	if value == nil {
		return list
	}
	return append(list, option(*value))
}

func inSeconds(option func(time.Duration) asynq.Option) func(int64) asynq.Option {
	return func(s int64) asynq.Option { return option(seconds(s)) }
}

func atUnix(option func(time.Time) asynq.Option) func(int64) asynq.Option {
	return func(s int64) asynq.Option { return option(time.Unix(s, 0)) }
}

func (p *peer) enqueue(request newTask) (any, error) {
	info, err := p.client.Enqueue(request.task(), request.list()...)
	if err != nil {
		return nil, err
	}
	return taskView(info), nil
}

func seconds(s int64) time.Duration { return time.Duration(s) * time.Second }

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
