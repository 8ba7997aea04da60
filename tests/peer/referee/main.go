// The referee writes what robfig/cron answers for several hundred specs, one JSON object a line.
// The table is kept in tests/fixtures/cron_referee.ndjson, and qctl's own reading is held to it.
//
// A row says which spec, which zone where the spec names none, and after which instant. "refused"
// is a spec that the library does not take, be it by an error or by a panic. "next" is a chain of
// ticks, each the next after the one before; "never" ends it, and "hangs" is where the library does not
// come back. "six" is a spec with seconds, which
// ParseStandard refuses and the library's own parser with an optional second takes.
//
// The library steps through changes of the clocks and sometimes goes astray. Where it does, the row
// has the chain that its own documentation promises as "exact": every second at which clocks show
// what the fields ask for, found by looking at clocks again and again.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	// For machines without time zones.
	_ "time/tzdata"
)

// row is a line of the table.
type row struct {
	Spec    string   `json:"spec"`
	Zone    string   `json:"zone,omitempty"`
	After   string   `json:"after,omitempty"`
	Six     bool     `json:"six,omitempty"`
	Refused bool     `json:"refused,omitempty"`
	Next    []string `json:"next,omitempty"`
	Exact   []string `json:"exact,omitempty"`
}

// question is what a row answers.
type question struct {
	spec  string
	zone  string
	after time.Time
	ticks int
}

const never = "never"

// dayless is a zone that went from one day to the next but one, and hangs what the library never gets
// over that with.
const dayless = "Pacific/Apia"

var hangs = map[string]bool{"0 5 31 * *": true, "0 0 31 * *": true, "0 0 * * 6": true, "30 1 * * 6": true}

// withSeconds takes all that ParseStandard takes, and a field for the second.
var withSeconds = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

func main() {
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, question := range questions() {
		if err := lines.Encode(answer(question)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func answer(q question) row {
	schedule, err := parse(withSeconds.Parse, q.spec)
	_, standard := parse(cron.ParseStandard, q.spec)
	if err != nil {
		return row{Spec: q.spec, Refused: true}
	}
	answer := row{Spec: q.spec, Zone: q.zone, Six: standard != nil}
	fields, isFields := schedule.(*cron.SpecSchedule)
	if isFields && fields.Second == 0 {
		// The library would look at each second of five years.
		return answer
	}
	zone, err := time.LoadLocation(q.zone)
	if err != nil {
		log.Fatal(err)
	}
	answer.After = q.after.UTC().Format(time.RFC3339Nano)
	if q.zone == dayless && hangs[q.spec] {
		mustHang(schedule, q.after.In(zone))
		answer.Next = []string{"hangs"}
	} else {
		answer.Next = chain(q, zone, schedule.Next)
	}
	if isFields {
		exact := chain(q, zone, func(after time.Time) time.Time { return exactly(fields, after) })
		if strings.Join(exact, " ") != strings.Join(answer.Next, " ") {
			answer.Exact = exact
		}
	}
	return answer
}

// mustHang makes sure that the library is still looking for a tick after a second, in which it steps
// through decades. It goes on until this program ends.
func mustHang(schedule cron.Schedule, after time.Time) {
	ended := make(chan time.Time)
	go func() { ended <- schedule.Next(after) }()
	select {
	case next := <-ended:
		log.Fatalf("%v is no longer without end, but leads to %v", schedule, next)
	case <-time.After(time.Second):
	}
}

// parse turns panics into errors.
func parse(parser func(string) (cron.Schedule, error), spec string) (schedule cron.Schedule, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return parser(spec)
}

func chain(q question, zone *time.Location, next func(time.Time) time.Time) []string {
	ticks := []string{}
	at := q.after.In(zone)
	for range q.ticks {
		at = next(at)
		if at.IsZero() {
			return append(ticks, never)
		}
		ticks = append(ticks, at.UTC().Format(time.RFC3339Nano))
	}
	return ticks
}

// quarter is what every change of clocks since 1990 is a multiple of.
const quarter = 15 * 60

// exactly looks at the clocks of every second that may be due, and has no other idea of changes.
func exactly(fields *cron.SpecSchedule, after time.Time) time.Time {
	zone := fields.Location
	if zone == time.Local {
		zone = after.Location()
	}
	second := after.Unix() + 1
	lastYear := time.Unix(second, 0).In(zone).Year() + 5
	for {
		clock := time.Unix(second, 0).In(zone)
		switch {
		case clock.Year() > lastYear:
			return time.Time{}
		case !isDayDue(fields, clock) || fields.Hour>>clock.Hour()&1 == 0:
			second += quarter - second%quarter
		case fields.Minute>>clock.Minute()&1 == 0:
			second += 60 - second%60
		case fields.Second>>clock.Second()&1 == 0:
			second++
		default:
			return clock.In(after.Location())
		}
	}
}

func isDayDue(fields *cron.SpecSchedule, clock time.Time) bool {
	const star = 1 << 63
	day := fields.Dom>>clock.Day()&1 == 1
	weekday := fields.Dow>>clock.Weekday()&1 == 1
	if fields.Month>>clock.Month()&1 == 0 {
		return false
	}
	if (fields.Dom|fields.Dow)&star != 0 {
		return day && weekday
	}
	return day || weekday
}
