// SPDX-License-Identifier: Apache-2.0

// Judges a server with the published SDK: one line for each scenario and encoding; the exit code is how many failed.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

const scenarioMax = 2 * time.Minute

func named(variable, name, full string) bool {
	list := strings.Split(os.Getenv(variable), ",")
	return slices.Contains(list, name) || slices.Contains(list, full)
}

// outcome is what came of a scenario: nothing, a failure or the reason why it was skipped.
func outcome(s scenario, encoding string) (result any) {
	over := make(chan any, 1)
	played := &stage{isBinary: encoding == "protobuf"}
	go func() {
		defer func() { over <- explained(recover()) }()
		s.play(played)
	}()
	select {
	case result = <-over:
	case <-time.After(scenarioMax):
		result = failure("not over in time")
	}
	played.close()
	return result
}

// explained is the failure or skip that a panic means.
func explained(reason any) any {
	switch reason.(type) {
	case nil, failure, skipped:
		return reason
	}
	return failure(fmt.Sprintf("%v %s", reason, debug.Stack()))
}

func main() {
	failed := 0
	for _, encoding := range strings.Split(env("CENTRIFUGE_ENCODING", "json,protobuf"), ",") {
		for _, s := range scenarios {
			full := fmt.Sprintf("%s (%s)", s.name, encoding)
			if os.Getenv("CENTRIFUGE_ONLY") != "" && !named("CENTRIFUGE_ONLY", s.name, full) {
				continue
			}
			if named("CENTRIFUGE_SKIP", s.name, full) {
				fmt.Printf("skip %s (by CENTRIFUGE_SKIP)\n", full)
				continue
			}
			switch result := outcome(s, encoding).(type) {
			case nil:
				fmt.Printf("ok %s\n", full)
			case skipped:
				fmt.Printf("skip %s (%s)\n", full, result)
			default:
				failed++
				text := strings.Join(strings.Fields(fmt.Sprint(result)), " ")
				fmt.Printf("FAIL %s %s\n", full, text[:min(len(text), 1000)])
			}
		}
	}
	os.Exit(min(failed, 255))
}
