package main

import (
	"errors"
	"time"

	"github.com/hibiken/asynq"
)

type scheduleRequest struct {
	Spec string `json:"spec"`
	newTask
}

// schedule registers an entry and returns its id; the first one starts the scheduler. It beats
// every second, as its entries are not visible before the first beat.
func (p *peer) schedule(request scheduleRequest) (any, error) {
	if p.scheduler == nil {
		scheduler := asynq.NewScheduler(p.redis, &asynq.SchedulerOpts{HeartbeatInterval: time.Second})
		if err := scheduler.Start(); err != nil {
			return nil, err
		}
		p.scheduler = scheduler
	}
	return p.scheduler.Register(request.Spec, request.task(), request.list()...)
}

func (p *peer) stopScheduler(none) (any, error) {
	if p.scheduler == nil {
		return nil, errors.New("no scheduler is running")
	}
	p.scheduler.Shutdown()
	p.scheduler = nil
	return nil, nil
}
