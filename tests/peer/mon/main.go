// asynqmon, the web page of the Asynq project, on the given Redis. It prints the address it listens on, and ends with
// its standard input, so that it never outlives the test that started it.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynqmon"
)

func main() {
	page := asynqmon.New(asynqmon.Options{
		RootPath:     "/monitoring",
		RedisConnOpt: asynq.RedisClientOpt{Addr: os.Args[1]},
	})
	mux := http.NewServeMux()
	mux.Handle(page.RootPath()+"/", page)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	go func() {
		log.Fatal(http.Serve(listener, mux))
	}()
	io.Copy(io.Discard, os.Stdin)
}
