package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"
)

// server is the library's server, with handlers that do what the test asked for and remember
// what they saw.
type server struct {
	asynq    *asynq.Server
	handlers map[string]behavior
	seen     *eventLog
	record   *record
}

// eventLog outlives the servers that write to it, as handlers end while a server shuts down.
type eventLog struct {
	mutex  sync.Mutex
	events []event
}

// behavior is what the handler of a task type does.
type behavior struct {
	// Do is one of: succeed, fail, skip_retry, revoke, sleep, until_cancelled, panic, record.
	Do     string `json:"do"`
	Result []byte `json:"result_base64"`
	// Error is the text of fail, skip_retry and panic.
	Error string `json:"error"`
	// SleepMS is how long sleep takes before it succeeds.
	SleepMS int64 `json:"sleep_ms"`
}

// event is one thing that a handler saw.
type event struct {
	// Phase is started, ended or aggregated.
	Phase    string            `json:"phase"`
	ID       string            `json:"id"`
	Type     string            `json:"type"`
	Payload  []byte            `json:"payload_base64"`
	Headers  map[string]string `json:"headers"`
	Queue    string            `json:"queue"`
	Retried  int               `json:"retried"`
	MaxRetry int               `json:"max_retry"`
	// TimeLeftS is from the start of the handler to the deadline of its context.
	TimeLeftS *float64 `json:"time_left_s"`
	// ContextError is why the context was over when the handler ended.
	ContextError *string `json:"context_error"`
	// Of an aggregation only.
	Group    string   `json:"group,omitempty"`
	Payloads [][]byte `json:"payloads_base64,omitempty"`
}

type serveRequest struct {
	Concurrency       int            `json:"concurrency"`
	Queues            map[string]int `json:"queues"`
	Strict            bool           `json:"strict"`
	TaskCheckMS       int64          `json:"task_check_ms"`
	DelayedCheckMS    int64          `json:"delayed_check_ms"`
	JanitorMS         int64          `json:"janitor_ms"`
	ShutdownTimeoutMS int64          `json:"shutdown_timeout_ms"`
	RetryDelayS       *int64         `json:"retry_delay_s"`
	// Handlers maps task types to behaviors; "*" is for every other type.
	Handlers   map[string]behavior `json:"handlers"`
	Aggregator *aggregator         `json:"aggregator"`
	// Record is where record writes to.
	Record *record `json:"record"`
}

// aggregator joins the payloads of a group with commas into a task of the type.
type aggregator struct {
	// Type is that of the merged task. Without it the function returns nil, which leaves the
	// aggregation set open.
	Type      string `json:"type"`
	GraceS    int64  `json:"grace_s"`
	MaxDelayS int64  `json:"max_delay_s"`
	MaxSize   int    `json:"max_size"`
}

func (p *peer) serve(request serveRequest) (any, error) {
	if p.server != nil {
		return nil, errors.New("a server is running already")
	}
	s := &server{handlers: request.Handlers, seen: &p.seen, record: request.Record}
	config := asynq.Config{
		Concurrency:              request.Concurrency,
		Queues:                   request.Queues,
		StrictPriority:           request.Strict,
		TaskCheckInterval:        milliseconds(request.TaskCheckMS),
		DelayedTaskCheckInterval: milliseconds(request.DelayedCheckMS),
		JanitorInterval:          milliseconds(request.JanitorMS),
		ShutdownTimeout:          milliseconds(request.ShutdownTimeoutMS),
	}
	if delay := request.RetryDelayS; delay != nil {
		config.RetryDelayFunc = func(int, error, *asynq.Task) time.Duration { return seconds(*delay) }
	}
	if a := request.Aggregator; a != nil {
		config.GroupGracePeriod = seconds(a.GraceS)
		config.GroupMaxDelay = seconds(a.MaxDelayS)
		config.GroupMaxSize = a.MaxSize
		config.GroupAggregator = s.aggregate(a.Type)
	}
	s.asynq = asynq.NewServer(p.redis, config)
	if err := s.asynq.Start(asynq.HandlerFunc(s.handle)); err != nil {
		return nil, err
	}
	p.server = s
	return nil, nil
}

// events returns what has been seen since the last time.
func (p *peer) events(none) (any, error) {
	return p.seen.drain(), nil
}

func (p *peer) shutdown(none) (any, error) {
	if p.server == nil {
		return nil, errors.New("no server is running")
	}
	p.server.asynq.Shutdown()
	p.server = nil
	return nil, nil
}

func (l *eventLog) add(e event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.events = append(l.events, e)
}

func (l *eventLog) drain() []event {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	drained := append([]event{}, l.events...)
	l.events = nil
	return drained
}

func (s *server) handle(ctx context.Context, task *asynq.Task) error {
	behavior, known := s.handlers[task.Type()]
	if !known {
		behavior, known = s.handlers["*"]
	}
	if !known {
		return asynq.NotFound(ctx, task)
	}
	if behavior.Do == "record" {
		return s.record.attempt(ctx, task)
	}
	e := event{Phase: "started", Type: task.Type(), Payload: task.Payload(), Headers: task.Headers()}
	e.ID, _ = asynq.GetTaskID(ctx)
	e.Queue, _ = asynq.GetQueueName(ctx)
	e.Retried, _ = asynq.GetRetryCount(ctx)
	e.MaxRetry, _ = asynq.GetMaxRetry(ctx)
	if deadline, set := ctx.Deadline(); set {
		left := time.Until(deadline).Seconds()
		e.TimeLeftS = &left
	}
	s.seen.add(e)
	defer func() {
		e.Phase = "ended"
		if err := ctx.Err(); err != nil {
			text := err.Error()
			e.ContextError = &text
		}
		s.seen.add(e)
	}()
	return behavior.run(ctx, task)
}

func (b behavior) run(ctx context.Context, task *asynq.Task) error {
	if b.Result != nil {
		if _, err := task.ResultWriter().Write(b.Result); err != nil {
			return err
		}
	}
	switch b.Do {
	case "succeed":
		return nil
	case "fail":
		return errors.New(b.Error)
	case "skip_retry":
		return fmt.Errorf("%s: %w", b.Error, asynq.SkipRetry)
	case "revoke":
		return asynq.RevokeTask
	case "sleep":
		select {
		case <-time.After(milliseconds(b.SleepMS)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	case "until_cancelled":
		<-ctx.Done()
		return ctx.Err()
	case "panic":
		panic(b.Error)
	}
	return fmt.Errorf("unknown behavior %q", b.Do)
}

func (s *server) aggregate(mergedType string) asynq.GroupAggregatorFunc {
	return func(group string, tasks []*asynq.Task) *asynq.Task {
		var merged []byte
		payloads := make([][]byte, len(tasks))
		for i, task := range tasks {
			if i > 0 {
				merged = append(merged, ',')
			}
			merged = append(merged, task.Payload()...)
			payloads[i] = task.Payload()
		}
		s.seen.add(event{Phase: "aggregated", Group: group, Payloads: payloads})
		if mergedType == "" {
			return nil
		}
		return asynq.NewTask(mergedType, merged)
	}
}
