// Holds places of Asynq's x/rate: a server whose handler of every task acquires a place of a scope, prints that it has it,
// and releases it when its task is cancelled or a line comes on stdin.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynq/x/rate"
)

func main() {
	addr := flag.String("addr", "", "host:port of the Redis server")
	queue := flag.String("queue", "go", "the queue to serve")
	scope := flag.String("scope", "", "the scope of the places")
	limit := flag.Int("limit", 1, "the number of places")
	flag.Parse()
	redis := asynq.RedisClientOpt{Addr: *addr}
	places := rate.NewSemaphore(redis, *scope, *limit)
	lines := make(chan struct{})
	go func() {
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- struct{}{}
		}
	}()
	server := asynq.NewServer(redis, asynq.Config{
		Concurrency:    10,
		Queues:         map[string]int{*queue: 1},
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return time.Second },
	})
	handle := func(ctx context.Context, task *asynq.Task) error {
		has, err := places.Acquire(ctx)
		if err != nil {
			return err
		}
		if !has {
			fmt.Println("refused")
			return errors.New("no place is free")
		}
		fmt.Println("acquired")
		<-lines
		if err := places.Release(ctx); err != nil {
			return err
		}
		fmt.Println("released")
		return nil
	}
	if err := server.Run(asynq.HandlerFunc(handle)); err != nil {
		log.Fatal(err)
	}
}
