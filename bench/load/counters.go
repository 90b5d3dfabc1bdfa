package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// counters reads named counters of the server, each summed over its labels; nil when none were asked for.
func counters(addr, path string, names []string) map[string]float64 {
	if len(names) == 0 {
		return nil
	}
	resp, err := http.Get("http://" + addr + path)
	if err != nil {
		fatal(err.Error())
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		fatal(err.Error())
	}
	sums := map[string]float64{}
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		for _, wanted := range names {
			if name == wanted {
				v, _ := strconv.ParseFloat(value[strings.LastIndexByte(value, ' ')+1:], 64)
				sums[name] += v
			}
		}
	}
	return sums
}
