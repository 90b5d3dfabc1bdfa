// SPDX-License-Identifier: Apache-2.0
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// What the caller says of the server; the README explains the variables.
var (
	urls    = strings.Split(env("CENTRIFUGE_URL", "ws://127.0.0.1:7600/connection/websocket"), ",")
	base    = env("CENTRIFUGE_HTTP", "http://127.0.0.1:7600")
	secret  = env("CENTRIFUGE_SECRET", "secret")
	added   = env("CENTRIFUGE_CLAIMS", "{}")
	ours    = env("CENTRIFUGE_SERVER", "reference") == "tideline"
	native  = env("CENTRIFUGE_BACKEND", "api") == "tideline"
	apiKey  = env("CENTRIFUGE_API_KEY", map[bool]string{false: "test-api-key"}[native])
	bearer  = env("CENTRIFUGE_BEARER", "")
	restart = env("CENTRIFUGE_RESTART", "")
	durable = env("CENTRIFUGE_DURABLE", "") == "true"
	ping    = seconds("CENTRIFUGE_PING", "2")
	grace   = seconds("CENTRIFUGE_GRACE", "5")
)

var (
	run   = strconv.FormatUint(rand.Uint64(), 36)[:6]
	count atomic.Int64
)

func env(variable, otherwise string) string {
	if value, ok := os.LookupEnv(variable); ok {
		return value
	}
	return otherwise
}

// differs is whether the server differs so from the reference, as differences.json lists it.
func differs(how string) bool {
	var listed map[string]string
	text, err := os.ReadFile("../differences.json")
	check(err == nil && json.Unmarshal(text, &listed) == nil, "differences.json: %v", err)
	check(listed[how] != "", "differences.json doesn't list %q", how)
	return ours
}

// either is the first one where the server differs so, else the second one.
func either[T any](how string, different, same T) T {
	if differs(how) {
		return different
	}
	return same
}

func seconds(variable, otherwise string) time.Duration {
	number, err := strconv.ParseFloat(env(variable, otherwise), 64)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", variable, err))
	}
	return time.Duration(number * float64(time.Second))
}

// name is one that nobody else has.
func name(prefix string) string {
	return fmt.Sprintf("%s-%s-%d", prefix, run, count.Add(1))
}

func channel(namespace string) string {
	return name(namespace + ":judge")
}

type object = map[string]any

func inSeconds(n int64) int64 {
	return time.Now().Unix() + n
}

// mint makes a token with these claims, signed with HS256 (RFC 7519).
func mint(claims object, secret string) string {
	all := object{}
	if err := json.Unmarshal([]byte(added), &all); err != nil {
		panic(err)
	}
	maps.Copy(all, claims)
	payload, _ := json.Marshal(all)
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}
