package main

import (
	"fmt"
	"time"

	"github.com/hibiken/asynq"
)

// inQueue is the request of what concerns a queue and, where that applies, a task or a group.
type inQueue struct {
	Queue string `json:"queue"`
	ID    string `json:"id"`
	State string `json:"state"`
	Group string `json:"group"`
}

type (
	listRequest struct {
		inQueue
		pages
	}
	// pages leaves the library's default where a number is missing.
	pages struct {
		Page *int `json:"page"`
		Size *int `json:"size"`
	}
	historyRequest struct {
		Queue string `json:"queue"`
		Days  int    `json:"days"`
	}
	payloadRequest struct {
		Queue   string `json:"queue"`
		ID      string `json:"id"`
		Payload []byte `json:"payload_base64"`
	}
	deleteQueueRequest struct {
		Queue string `json:"queue"`
		Force bool   `json:"force"`
	}
	cancelRequest struct {
		ID string `json:"id"`
	}
	eventsRequest struct {
		ID string `json:"id"`
		pages
	}
)

func (p *peer) inspections() map[string]operation {
	i := p.inspector
	return map[string]operation{
		"queues":     op(func(none) (any, error) { return i.Queues() }),
		"queue_info": op(p.queueInfo),
		"history":    op(p.history),
		"groups":     op(p.groups),
		"list":       op(p.list),
		"task_info":  op(p.taskInfo),
		"run":        op(func(r inQueue) (any, error) { return nil, i.RunTask(r.Queue, r.ID) }),
		"archive":    op(func(r inQueue) (any, error) { return nil, i.ArchiveTask(r.Queue, r.ID) }),
		"delete":     op(func(r inQueue) (any, error) { return nil, i.DeleteTask(r.Queue, r.ID) }),
		"run_all": op(bulk(i.RunAllAggregatingTasks, byState{
			"scheduled": i.RunAllScheduledTasks, "retry": i.RunAllRetryTasks, "archived": i.RunAllArchivedTasks,
		})),
		"archive_all": op(bulk(i.ArchiveAllAggregatingTasks, byState{
			"pending": i.ArchiveAllPendingTasks, "scheduled": i.ArchiveAllScheduledTasks, "retry": i.ArchiveAllRetryTasks,
		})),
		"delete_all": op(bulk(i.DeleteAllAggregatingTasks, byState{
			"pending": i.DeleteAllPendingTasks, "scheduled": i.DeleteAllScheduledTasks, "retry": i.DeleteAllRetryTasks,
			"archived": i.DeleteAllArchivedTasks, "completed": i.DeleteAllCompletedTasks,
		})),
		"update_payload": op(func(r payloadRequest) (any, error) {
			return nil, i.UpdateTaskPayload(r.Queue, r.ID, r.Payload)
		}),
		"pause":        op(func(r inQueue) (any, error) { return nil, i.PauseQueue(r.Queue) }),
		"unpause":      op(func(r inQueue) (any, error) { return nil, i.UnpauseQueue(r.Queue) }),
		"delete_queue": op(func(r deleteQueueRequest) (any, error) { return nil, i.DeleteQueue(r.Queue, r.Force) }),
		"cancel":       op(func(r cancelRequest) (any, error) { return nil, i.CancelProcessing(r.ID) }),
		"servers":      op(p.servers),
		"scheduler_entries": op(func(none) (any, error) {
			entries, err := i.SchedulerEntries()
			return views(entries, entryView), err
		}),
		"scheduler_events": op(func(r eventsRequest) (any, error) {
			events, err := i.ListSchedulerEnqueueEvents(r.ID, r.list()...)
			return views(events, func(e *asynq.SchedulerEnqueueEvent) any {
				return map[string]any{"task_id": e.TaskID, "enqueued_at": unix(e.EnqueuedAt)}
			}), err
		}),
	}
}

type byState map[string]func(queue string) (int, error)

func bulk(inGroup func(queue, group string) (int, error), by byState) func(inQueue) (any, error) {
	return func(r inQueue) (any, error) {
		if r.State == "aggregating" {
			return inGroup(r.Queue, r.Group)
		}
		if all, known := by[r.State]; known {
			return all(r.Queue)
		}
		return nil, fmt.Errorf("the library has no such operation for state %q", r.State)
	}
}

func (p pages) list() []asynq.ListOption {
	var list []asynq.ListOption
	if p.Page != nil {
		list = append(list, asynq.Page(*p.Page))
	}
	if p.Size != nil {
		list = append(list, asynq.PageSize(*p.Size))
	}
	return list
}

func (p *peer) list(r listRequest) (any, error) {
	i := p.inspector
	if r.State == "aggregating" {
		tasks, err := i.ListAggregatingTasks(r.Queue, r.Group, r.pages.list()...)
		return views(tasks, taskView), err
	}
	list, known := map[string]func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error){
		"pending": i.ListPendingTasks, "active": i.ListActiveTasks, "scheduled": i.ListScheduledTasks,
		"retry": i.ListRetryTasks, "archived": i.ListArchivedTasks, "completed": i.ListCompletedTasks,
	}[r.State]
	if !known {
		return nil, fmt.Errorf("unknown state %q", r.State)
	}
	tasks, err := list(r.Queue, r.pages.list()...)
	return views(tasks, taskView), err
}

func (p *peer) taskInfo(r inQueue) (any, error) {
	info, err := p.inspector.GetTaskInfo(r.Queue, r.ID)
	if err != nil {
		return nil, err
	}
	return taskView(info), nil
}

func (p *peer) queueInfo(r inQueue) (any, error) {
	q, err := p.inspector.GetQueueInfo(r.Queue)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"queue": q.Queue, "memory_usage": q.MemoryUsage, "latency_s": q.Latency.Seconds(), "size": q.Size,
		"groups": q.Groups, "pending": q.Pending, "active": q.Active, "scheduled": q.Scheduled, "retry": q.Retry,
		"archived": q.Archived, "completed": q.Completed, "aggregating": q.Aggregating, "processed": q.Processed,
		"failed": q.Failed, "processed_total": q.ProcessedTotal, "failed_total": q.FailedTotal, "paused": q.Paused,
	}, nil
}

func (p *peer) history(r historyRequest) (any, error) {
	days, err := p.inspector.History(r.Queue, r.Days)
	return views(days, func(d *asynq.DailyStats) any {
		return map[string]any{"date": d.Date.UTC().Format(time.DateOnly), "processed": d.Processed, "failed": d.Failed}
	}), err
}

func (p *peer) groups(r inQueue) (any, error) {
	groups, err := p.inspector.Groups(r.Queue)
	return views(groups, func(g *asynq.GroupInfo) any {
		return map[string]any{"group": g.Group, "size": g.Size}
	}), err
}

func (p *peer) servers(none) (any, error) {
	servers, err := p.inspector.Servers()
	return views(servers, func(s *asynq.ServerInfo) any {
		return map[string]any{
			"id": s.ID, "host": s.Host, "pid": s.PID, "concurrency": s.Concurrency, "queues": s.Queues,
			"strict": s.StrictPriority, "status": s.Status, "started": unix(s.Started),
			"workers": views(s.ActiveWorkers, func(w *asynq.WorkerInfo) any {
				return map[string]any{
					"task_id": w.TaskID, "type": w.TaskType, "payload_base64": bytesView(w.TaskPayload),
					"queue": w.Queue, "started": unix(w.Started), "deadline": unix(w.Deadline),
				}
			}),
		}
	}), err
}

func taskView(t *asynq.TaskInfo) any {
	return map[string]any{
		"id": t.ID, "queue": t.Queue, "type": t.Type, "payload_base64": bytesView(t.Payload), "headers": t.Headers,
		"state": t.State.String(), "max_retry": t.MaxRetry, "retried": t.Retried, "last_err": t.LastErr,
		"last_failed_at": unix(t.LastFailedAt), "timeout_s": int64(t.Timeout.Seconds()), "deadline": unix(t.Deadline),
		"group": t.Group, "next_process_at": unix(t.NextProcessAt), "is_orphaned": t.IsOrphaned,
		"retention_s": int64(t.Retention.Seconds()), "completed_at": unix(t.CompletedAt),
		"result_base64": bytesView(t.Result),
	}
}

func entryView(e *asynq.SchedulerEntry) any {
	options := make([]string, len(e.Opts))
	for i, option := range e.Opts {
		options[i] = option.String()
	}
	return map[string]any{
		"id": e.ID, "spec": e.Spec, "type": e.Task.Type(), "payload_base64": bytesView(e.Task.Payload()),
		"options": options, "next": unix(e.Next), "prev": unix(e.Prev),
	}
}

// views is never null in JSON, unlike a nil slice.
func views[T any](all []T, view func(T) any) []any {
	list := make([]any, len(all))
	for i, one := range all {
		list[i] = view(one)
	}
	return list
}

// bytesView makes no difference between nil and empty, as the wire format makes none.
func bytesView(b []byte) []byte { return append([]byte{}, b...) }

// unix is null for an instant that the library considers not set.
func unix(t time.Time) *int64 {
	if t.IsZero() || t.Unix() == 0 {
		return nil
	}
	s := t.Unix()
	return &s
}
