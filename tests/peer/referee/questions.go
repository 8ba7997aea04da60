package main

import (
	"fmt"
	"math/rand"
	"strings"
	"time"
)

// questions keeps to the past where clocks are changed: what zones will do is known by nobody, and not
// every copy of their database is of the same age.
func questions() []question {
	var all []question
	for _, part := range [][]question{forms(), refusals(), calendar(), changes(), guesses(), noise()} {
		all = append(all, part...)
	}
	return all
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at
}

// forms is every way to write a spec, with something odd about most instants.
func forms() []question {
	specs := []string{
		"* * * * *", "? ? ? ? ?", "*/15 * * * *", "0-59/20 * * * *", "5/10 * * * *", "58/1 * * * *", "59/30 * * * *",
		"1,2,3 * * * *", "3,1-2,2 * * * *", ",1,,2, * * * *", "0 0 1,15 * 3", "0 0 * * 3", "0 0 1 * *", "0 0 1 * 3",
		"0 0 */2 * 3", "0 0 */1 * 3", "0 0 1 * */2", "0 0 1 * */1", "0 0 1-31 * 3", "0 0 1 * 0-6", "0 0 ? * 3", "0 0 1 * ?",
		"0 0 ?/2 * 3", "0 0 ?/1 * 3", "0 0 *,5 * 3", "0 0 5,*/1 * 3", "0 0 5,*/2 * 3", "0 0 , * 3", "0 0 1 * ,", "0 0 , * *",
		"0 0 , * ,", ", * * * *", "* , * * *", "* * * , *", "0 0 , * ?",
		"0 0 1 jan *", "0 0 1 JAN-Mar *", "0 0 1 feb,MAY/3,dec *", "0 0 1 jan-12/5 *", "0 0 * * sun", "0 0 * * Mon-FRI", "0 0 * * mon-5/2",
		"0 0 * * SAT,sun", "0 0 * * wed/2", "0 0 1 */4 *", "0 22-23 * * *", "0 0 * * 0", "0 0 * * 6",
		"*-5 * * * *", "?-x * * * *", "*-5-6-7 0 * * *", "*-5/20 * * * *", "*-/7 * * * *", "0 0 *-9 * 3", "0 0 *-9/2 * 3",
		"+5 * * * *", "005 010 * * *", "0000000000000000000000000007 * * * *", "*/+5 * * * *", "*/100 * * * *", "7/9223372036854775807 * * * *",
		"1-5/9 * * * *", "1-1 * * * *", "31 2 31 2 2", "0\t0\t*\n*\r*", "0 \u00a0 0 \u3000 * * *", "0 0   *   * *",
		"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
		"@every 1s", "@every 90s", "@every 1h30m", "@every 1.5s", "@every 2.9s", "@every 0.5s", "@every 100ms", "@every 0", "@every +0", "@every -0",
		"@every -5m", "@every +5m", "@every .5h", "@every 1.h", "@every 0.1h0.1m0.1s", "@every 1500ms", "@every 2000000us", "@every 3000000\u00b5s",
		"@every 4000000\u03bcs", "@every 5000000000ns", "@every 1h1h1h", "@every 2m1h", "@every 0.0000000000000000000001h", "@every 24h", "@every 8760h",
		"@every 0.9999999999999999999999h", "@every 1.3333333333333333h", "@every 1.000000000000000000000000000001m", "@every 2562047h", "@every 9223372036s",
		"@every -9223372036854775808ns", "@every 9223372036854775807ns", "@every 0.99999999999999999h", "@every 0.016666666666666666h",
		"CRON_TZ=UTC 0 3 * * *", "TZ=UTC 0 3 * * *", "CRON_TZ= 0 3 * * *", "TZ= 0 3 * * *", "CRON_TZ=Local 0 3 * * *", "TZ=Local @daily",
		"CRON_TZ=Asia/Tokyo 0 3 * * *", "TZ=Asia/Tokyo   @daily", "CRON_TZ=Asia/Kathmandu 0 3 * * sun", "TZ=Asia/Tokyo \t 0 3 * * *",
		"CRON_TZ=America/New_York @every 1h", "TZ=Etc/GMT+5 0 0 * * *", "TZ=US/Pacific @monthly", "TZ=EST5EDT 0 0 1 1 ?", "TZ=Asia/Calcutta @weekly",
	}
	six := []string{
		"* * * * * *", "0 * * * * *", "30 * * * * *", "*/15 * * * * *", "5/20 * * * * *", "1,2,59 59 23 31 12 *", "59 59 23 * * *",
		"? ? ? ? ? ?", "0 0 0 1 1 *", "10-12 0 0 * * mon", "0 0 12 ? * fri", "0 0 0 29 2 *", "*/7 */7 */7 */7 */7 */7", ", * * * * *",
		"CRON_TZ=Asia/Tokyo 30 0 3 * * *", "+5 1-2 3/4 * jan sun", "*-1 0 0 1 * *", "0 0 0 , * 1",
	}
	afters := []string{"2024-02-28T23:59:58.5Z", "2023-12-31T23:59:59.999999999Z", "2022-07-01T00:00:00Z", "2021-05-19T13:37:42.000000001Z"}
	var all []question
	for i, spec := range append(specs, six...) {
		all = append(all, question{spec, "UTC", instant(afters[i%len(afters)]), 3})
	}
	return all
}

// refusals is what is refused, and what looks as if it should be.
func refusals() []question {
	specs := []string{
		"", "*", "* *", "* * *", "* * * *", "* * * * * * *", "0 0 1 1 * 2025 2026",
		"60 * * * *", "61 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *", "* * * * 7", "* * * * 5-7", "* * * * 7-1",
		"-1 * * * *", "5- * * * *", "- * * * *", "1-2-3 * * * *", "1--3 * * * *", "/ * * * *", "*/ * * * *", "/5 * * * *", "*/5/2 * * * *",
		"*/0 * * * *", "1/0 * * * *", "1-5/0 * * * *", "*/-5 * * * *", "*/1.5 * * * *", "1.5 * * * *", "0x5 * * * *", "1_0 * * * *", "\u0661 * * * *",
		"22-2 * * * *", "* 23-1 * * *", "* * * nov-feb *", "* * * * fri-mon", "60/5 * * * *", "* * * * sat-sun", "5-4/2 * * * *",
		"** * * * *", "*5 * * * *", "?? * * * *", "*? * * * *", "+ * * * *", "++5 * * * *", "5+ * * * *", "a * * * *", "mon * * * *", "* jan * * *",
		"* * mon * *", "* * * mon *", "* * * * jan", "* * * january *", "* * * * monday", "* * * ja *", "* * * * m", "* * * */jan *",
		"* * L * *", "* * 15W * *", "* * LW * *", "* * * * 5L", "* * * * 5#3", "* * * * mon#1", "H * * * *", "* * l * *", "* * L-3 * *",
		"99999999999999999999 * * * *", "*/99999999999999999999 * * * *", "4294967296 * * * *", "18446744073709551617 * * * *", "1-4294967297 * * * *",
		"@", "@reboot", "@Daily", "@DAILY", "@dayly", "@daily 5", "@dailyx", "@every", "@every1h", "@every  1h", "@every\t1h", "@every x", "@every 5",
		"@every 1d", "@every 1w", "@every 1H", "@every 1h 30m", "@every -", "@every +", "@every .", "@every .s", "@every 1", "@every 1.5", "@every --5s", "@every -+5s",
		"@every 1e3s", "@every 9223372036854775808ns", "@every 9223372037s", "@every 2562048h", "@every 99999999999999999999h", "@every 1hs", "@every 00", "@every 5 s",
		"@every 9223372036s9223372036s", "@every -9223372036854775809ns", "@EVERY 1h", "daily", "0 0 * * * @daily", "x@daily",
		"CRON_TZ=UTC", "TZ=UTC", "TZ=", "CRON_TZ=", "CRON_TZ=UTC\t* * * * *", "CRON_TZ=Nowhere/City * * * * *",
		"TZ=local * * * * *", "TZ=../etc/passwd * * * * *", "TZ=/etc/localtime * * * * *", "tz=UTC * * * * *", "cron_tz=UTC * * * * *", "CRON_TZ =UTC * * * * *",
		"CRON_TZ=UTC TZ=UTC * * * * *", "* * * * * TZ=UTC", "TZ=Europe/ * * * * *", "TZ=Europe * * * * *", "TZ=UTC *", "TZ=UTC @reboot",
		"* * * * * 7", "60 * * * * *", "0 0 1 1 * 2025", "0 60 * * * *", "0 0 24 * * *", "0 0 0 0 * *", "* * * * * * @daily", "* * * * * /bin/true",
	}
	var all []question
	for _, spec := range specs {
		all = append(all, question{spec, "UTC", instant("2024-01-01T00:00:00Z"), 1})
	}
	return all
}

// calendar is leap days, ends of years and the end of patience.
func calendar() []question {
	var all []question
	add := func(ticks int, zone, after string, specs ...string) {
		for _, spec := range specs {
			all = append(all, question{spec, zone, instant(after), ticks})
		}
	}
	leap := []string{"0 0 29 2 *", "0 0 29 2 4", "0 0 29 2 ?", "0 12 29 feb */2", "59 23 28-29 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 * *", "30 59 23 29 2 *"}
	add(4, "UTC", "2023-12-31T23:59:59Z", leap...)
	add(3, "Asia/Tokyo", "2024-02-28T15:00:00Z", leap...)
	// 2000 had a leap day, and 2100 has none: more than five years without.
	add(4, "UTC", "1995-03-01T00:00:00Z", "0 0 29 2 *")
	add(3, "UTC", "2091-06-01T00:00:00Z", "0 0 29 2 *")
	for _, after := range []string{"2096-02-28T23:59:59Z", "2096-02-29T00:00:00Z", "2098-12-31T23:59:58Z", "2098-12-31T23:59:59Z", "2099-01-01T00:00:00Z", "2103-12-31T23:00:00Z"} {
		add(2, "UTC", after, "0 0 29 2 *", "30 0 0 29 2 *")
		add(2, "America/Bogota", after, "0 0 29 2 *")
	}
	// The zone says which year it is.
	add(2, "Asia/Tokyo", "2098-12-31T14:59:58Z", "0 0 29 2 *")
	add(2, "Asia/Tokyo", "2098-12-31T15:00:00Z", "0 0 29 2 *")
	add(3, "UTC", "2024-12-31T23:58:59.5Z", "59 23 31 12 *", "0 0 1 1 *", "* * 31 12 *", "*/20 23 * 12 2", "@yearly", "59 59 23 31 12 *", "0 0 1 1 0")
	add(3, "Pacific/Auckland", "2019-12-31T10:59:00Z", "59 23 31 12 *", "@yearly", "@monthly", "@weekly")
	add(3, "UTC", "2024-04-30T12:00:00Z", "0 0 31 * *", "0 12 31 * 1", "0 0 30 * *", "0 0 29-31 2-4 *")
	return all
}

// changes is the days around changes of the clocks.
func changes() []question {
	dense := []string{"*/20 * * * *", "@hourly", "45 * * * *", "0,30 0-3 * * *", "*/10 */30 * * * *", "15 59 * * * *"}
	daily := []string{
		"@daily", "30 0 * * *", "0 1 * * *", "30 1 * * *", "45 1 * * *", "0 2 * * *", "30 2 * * *", "0 3 * * *", "30 23 * * *", "0 */2 * * *",
		"20 30 2 * * *", "0 5 TODAY * *", "0 0 TODAY * *", "0 0 * * WEEKDAY", "30 1 * * WEEKDAY", "0 0 BEFORE MONTH *", "0 5 BEFORE MONTH *", "0 1 * * SINCE", "@every 7h",
	}
	var all []question
	for _, change := range []struct{ zone, at string }{
		{"Europe/Paris", "2024-03-31T01:00:00Z"}, {"Europe/Paris", "2024-10-27T01:00:00Z"},
		{"America/New_York", "2024-03-10T07:00:00Z"}, {"America/New_York", "2024-11-03T06:00:00Z"},
		// By half an hour.
		{"Australia/Lord_Howe", "2023-09-30T15:30:00Z"}, {"Australia/Lord_Howe", "2024-04-06T15:00:00Z"},
		// Days without a midnight, and with two.
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z"}, {"America/Sao_Paulo", "2019-02-17T02:00:00Z"},
		{"Africa/Cairo", "2024-04-25T22:00:00Z"}, {"Africa/Cairo", "2024-10-31T21:00:00Z"},
		{"Asia/Beirut", "2022-03-26T22:00:00Z"}, {"Asia/Beirut", "2022-10-29T21:00:00Z"},
		{"America/Havana", "2024-03-10T05:00:00Z"}, {"America/Havana", "2024-11-03T05:00:00Z"},
		// By two hours; a day left out; an offset of three quarters.
		{"Antarctica/Troll", "2024-03-31T01:00:00Z"}, {"Antarctica/Troll", "2024-10-27T01:00:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z"}, {"Pacific/Chatham", "2024-04-06T14:00:00Z"},
	} {
		at := instant(change.at)
		zone, err := time.LoadLocation(change.zone)
		if err != nil {
			panic(err)
		}
		day := at.In(zone)
		before := at.Add(-12 * time.Hour).In(zone)
		days := strings.NewReplacer(
			"TODAY", fmt.Sprint(day.Day()), "WEEKDAY", fmt.Sprint(int(day.Weekday())),
			"BEFORE", fmt.Sprint(before.Day()), "MONTH", fmt.Sprint(int(before.Month())), "SINCE", fmt.Sprint(int(before.Weekday())),
		)
		for _, spec := range dense {
			all = append(all, question{spec, change.zone, at.Add(-100 * time.Minute), 6})
		}
		for _, spec := range daily {
			spec = days.Replace(spec)
			all = append(all, question{spec, change.zone, at.Add(-30 * time.Hour), 3})
		}
		all = append(all, question{"CRON_TZ=" + change.zone + " 30 */1 * * *", "UTC", at.Add(-100 * time.Minute), 4})
	}
	return all
}

// guesses is specs made by chance, of forms that are taken.
func guesses() []question {
	dice := rand.New(rand.NewSource(20241121))
	bounds := [][2]int{{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}
	zones := []string{"UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}
	one := func(min, max int) string {
		value := func() int { return min + dice.Intn(max-min+1) }
		switch dice.Intn(8) {
		case 0, 1:
			return "*"
		case 2:
			return fmt.Sprintf("*/%d", 1+dice.Intn(max))
		case 3:
			from := value()
			return fmt.Sprintf("%d-%d", from, from+dice.Intn(max-from+1))
		case 4:
			from := value()
			return fmt.Sprintf("%d-%d/%d", from, from+dice.Intn(max-from+1), 1+dice.Intn(9))
		case 5:
			return fmt.Sprintf("%d/%d", value(), 1+dice.Intn(max))
		case 6:
			return fmt.Sprintf("%d,%d,%d", value(), value(), value())
		}
		return fmt.Sprint(value())
	}
	var all []question
	for i := range 250 {
		fields := []string{}
		first := 1
		if i%4 == 0 {
			first = 0
		}
		for _, bounds := range bounds[first:] {
			fields = append(fields, one(bounds[0], bounds[1]))
		}
		after := instant("2008-01-01T00:00:00Z").Add(time.Duration(dice.Int63n(int64(9 * 365 * 24 * time.Hour))))
		all = append(all, question{strings.Join(fields, " "), zones[dice.Intn(len(zones))], after.Truncate(time.Millisecond), 3})
	}
	return all
}

// noise is specs with a few characters struck or put in.
func noise() []question {
	dice := rand.New(rand.NewSource(42))
	stems := []string{
		"0 3 * * *", "*/15 9-17 * * mon-fri", "0 0 1,15 jan-dec/2 ?", "30 0 3 * * *", "@every 1h30m", "@every 1.5s", "@daily", "CRON_TZ=UTC 0 3 * * *",
		"TZ=Asia/Tokyo @weekly", "5/10 0-23/3 1-31 */4 0,6", "1-5,7,9/20 ? ? ? ?",
	}
	const alphabet = "0123456789*?,-/ @+.hmsTZ=\tanx"
	seen := map[string]bool{}
	var all []question
	for len(all) < 300 {
		spec := []byte(stems[dice.Intn(len(stems))])
		for range 1 + dice.Intn(3) {
			at := dice.Intn(len(spec))
			put := alphabet[dice.Intn(len(alphabet))]
			switch dice.Intn(3) {
			case 0:
				spec = append(spec[:at], spec[at+1:]...)
			case 1:
				spec[at] = put
			default:
				spec = append(spec[:at], append([]byte{put}, spec[at:]...)...)
			}
		}
		// qctl drops what the library is at odds about: white space around a spec.
		text := strings.TrimSpace(string(spec))
		if !seen[text] {
			seen[text] = true
			all = append(all, question{text, "UTC", instant("2024-01-31T12:34:56.789Z"), 2})
		}
	}
	return all
}
