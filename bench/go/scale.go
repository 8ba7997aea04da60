package main

import (
	"fmt"
	"slices"
	"strings"
)

// table is several figures against one that grows.
type table struct {
	name    string
	columns string
	// small is what it grows through in a quick run; full adds the rest.
	small, full []int
	rows        func(b *bench, size int) [][]string
}

func tables() []table {
	return []table{
		{
			name:    "scale: queues of one idle worker",
			columns: "queues | side | commands/s | Redis, ms/s | worker, ms/s | worker, MB | connections | start → first claim, ms | one task, commands | Redis, µs",
			small:   []int{1, 10, 100}, full: []int{1000},
			rows: both(func(b *bench, s side, size int) []string { return b.idleCrew(s, 1, names(size)) }),
		},
		{
			name:    "scale: queues of one busy worker",
			columns: "queues | side | tasks/s | commands per task | Redis, µs per task",
			small:   []int{1, 10, 100}, full: []int{1000},
			rows: both(func(b *bench, s side, size int) []string { return b.busyCrew(s, 1, names(size)) }),
		},
		{
			name:    "scale: idle workers on ten queues",
			columns: "workers | side | commands/s | Redis, ms/s | worker, ms/s | worker, MB | connections | start → first claim, ms | one task, commands | Redis, µs",
			small:   []int{1, 10}, full: []int{50},
			rows: both(func(b *bench, s side, size int) []string { return b.idleCrew(s, size, names(10)) }),
		},
		{
			name:    "scale: busy workers on ten queues",
			columns: "workers | side | tasks/s | commands per task | Redis, µs per task",
			small:   []int{1, 10}, full: []int{50},
			rows: both(func(b *bench, s side, size int) []string { return b.busyCrew(s, size, names(10)) }),
		},
		{
			name:    "scale: registered queues",
			columns: "queues | stats, ms | commands | MB | Go, ms | commands | ls of one queue, ms | commands | start of a worker of one queue → first claim, ms | idle, commands/s | Redis, ms/s | overview, commands/s | Redis, ms/s",
			small:   []int{100, 1000}, full: []int{10_000, 25_000},
			rows: (*bench).registered,
		},
		{
			name:    "scale: tasks of one queue",
			columns: "tasks | side | bytes per task | stats, ms | first page, ms | enqueue, commands | Redis, µs | claim and success, commands | Redis, µs | doctor, s | Redis, s | MB",
			small:   []int{10_000, 100_000}, full: []int{1_000_000, 10_000_000},
			rows: both((*bench).deep),
		},
		{
			name:    "scale: groups",
			columns: "groups | side | merging worker, commands/s | Redis, ms/s | stats, ms | commands | ls groups, ms | commands",
			small:   []int{10, 1000}, full: []int{10_000},
			rows: both((*bench).grouped),
		},
		{
			name:    "scale: schedules",
			columns: "schedules | schedulers | idle, commands/s | Redis, ms/s | MB | commands per tick | Redis, µs per tick",
			small:   []int{10, 1000}, full: []int{10_000},
			rows: (*bench).scheduled,
		},
		{
			name:    "scale: primaries of a cluster",
			columns: "primaries | side | commands per task | Redis, µs per task | busiest primary, % of the work | idle worker, commands/s | Redis, ms/s | stats, ms | commands | doctor, ms | commands",
			small:   []int{1, 3}, full: []int{6},
			rows: (*bench).cluster,
		},
	}
}

// print prints a table row by row.
func (b *bench) print(t table) {
	fmt.Printf("\n%s\n\n| %s |\n|%s\n", t.name, t.columns, strings.Repeat(" --- |", 1+strings.Count(t.columns, "|")))
	sizes := t.small
	if b.full {
		sizes = slices.Concat(t.small, t.full)
	}
	for _, size := range sizes {
		b.flush()
		for _, row := range t.rows(b, size) {
			fmt.Printf("| %d | %s |\n", size, strings.Join(row, " | "))
		}
	}
}

// both is a row for each side.
func both(row func(b *bench, s side, size int) []string) func(b *bench, size int) [][]string {
	return func(b *bench, size int) [][]string {
		var rows [][]string
		for _, s := range sides {
			b.flush()
			rows = append(rows, append([]string{s.name}, row(b, s, size)...))
		}
		return rows
	}
}

// names are those of queues.
func names(count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("queue-%05d", i)
	}
	return all
}
