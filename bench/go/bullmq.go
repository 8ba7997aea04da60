package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// bullTasks are fewer than qctl gets, so that a round takes seconds.
const bullTasks = 50_000

// bullmq is measured by its own program, in Node, from the start of the worker to the last task.
func bullmq(b *bench) float64 {
	b.node("fill", fmt.Sprint(bullTasks))
	took, err := strconv.ParseFloat(strings.TrimSpace(b.node("work", fmt.Sprint(bullTasks), "64")), 64)
	check(err)
	return bullTasks / took
}

func (b *bench) node(args ...string) string {
	program := exec.Command("node", append([]string{filepath.Join(b.modules, "bullmq.mjs")}, args...)...)
	program.Env = append(os.Environ(), "BROKER="+b.url)
	program.Stderr = os.Stderr
	out, err := program.Output()
	check(err)
	return string(out)
}
