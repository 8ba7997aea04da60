// The peer puts the real Asynq library at the disposal of qctl's tests.
//
// It reads one JSON object a line from stdin, {"op": NAME, ...}, and answers each with one line:
// {"ok": RESULT} or {"error": TEXT, "kind": KIND}. Instants are Unix seconds, null for none;
// payloads and results are base64. Its log goes to stderr.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/hibiken/asynq"
)

// peer holds what lives from one request to the next.
type peer struct {
	redis     asynq.RedisConnOpt
	client    *asynq.Client
	inspector *asynq.Inspector
	server    *server
	seen      eventLog
	scheduler *asynq.Scheduler
}

// An operation gets its request as it came, without the field "op".
type operation func(request []byte) (any, error)

func main() {
	var redis asynq.RedisClientOpt
	flag.StringVar(&redis.Addr, "addr", "", "host:port of the Redis server")
	flag.IntVar(&redis.DB, "db", 0, "database number")
	flag.StringVar(&redis.Username, "username", "", "user name")
	flag.StringVar(&redis.Password, "password", "", "password")
	cluster := flag.String("cluster", "", "host:port of servers of a Redis Cluster, with commas between them")
	sentinels := flag.String("sentinels", "", "host:port of Sentinels, with commas between them")
	master := flag.String("master", "", "the name that the Sentinels have for the primary")
	flag.Parse()
	var opt asynq.RedisConnOpt = redis
	if *sentinels != "" {
		opt = asynq.RedisFailoverClientOpt{
			MasterName: *master, SentinelAddrs: strings.Split(*sentinels, ","), Username: redis.Username, Password: redis.Password,
		}
	} else if *cluster != "" {
		opt = asynq.RedisClusterClientOpt{Addrs: strings.Split(*cluster, ",")}
	} else if redis.Addr == "" {
		log.Fatal("-addr is missing; the library would fall back to port 6379")
	}
	p := &peer{redis: opt, client: asynq.NewClient(opt), inspector: asynq.NewInspector(opt)}
	if err := answer(p.operations(), os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func (p *peer) operations() map[string]operation {
	all := map[string]operation{
		"enqueue":        op(p.enqueue),
		"serve":          op(p.serve),
		"events":         op(p.events),
		"shutdown":       op(p.shutdown),
		"schedule":       op(p.schedule),
		"stop_scheduler": op(p.stopScheduler),
	}
	for name, operation := range p.inspections() {
		all[name] = operation
	}
	return all
}

// answer serves requests until stdin ends.
func answer(operations map[string]operation, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	replies := json.NewEncoder(out)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		result, err := perform(operations, line)
		var reply any = map[string]any{"ok": result}
		if err != nil {
			reply = map[string]string{"error": err.Error(), "kind": kind(err)}
		}
		if err := replies.Encode(reply); err != nil {
			return err
		}
	}
}

func perform(operations map[string]operation, line []byte) (any, error) {
	var request map[string]json.RawMessage
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, err
	}
	var name string
	if err := json.Unmarshal(request["op"], &name); err != nil {
		return nil, fmt.Errorf("op: %w", err)
	}
	operation, known := operations[name]
	if !known {
		return nil, fmt.Errorf("unknown op %q", name)
	}
	delete(request, "op")
	rest, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	return operation(rest)
}

// op gives a function typed access to its request. An unknown field is an error, so that a
// misspelt option cannot make a test pass by testing nothing.
func op[Request any](run func(Request) (any, error)) operation {
	return func(raw []byte) (any, error) {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		var request Request
		if err := decoder.Decode(&request); err != nil {
			return nil, err
		}
		return run(request)
	}
}

// none is the request of an operation that takes nothing.
type none struct{}

func kind(err error) string {
	for kind, sentinel := range map[string]error{
		"duplicate":       asynq.ErrDuplicateTask,
		"conflict":        asynq.ErrTaskIDConflict,
		"queue_not_found": asynq.ErrQueueNotFound,
		"queue_not_empty": asynq.ErrQueueNotEmpty,
		"task_not_found":  asynq.ErrTaskNotFound,
	} {
		if errors.Is(err, sentinel) {
			return kind
		}
	}
	return "other"
}
