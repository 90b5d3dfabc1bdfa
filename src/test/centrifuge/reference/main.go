// SPDX-License-Identifier: Apache-2.0

// The reference server: the published Go library of the Centrifuge protocol, with the namespaces, tokens and
// server API that the judges need. The judges are proved against it, so that what they expect is the protocol.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/centrifugal/centrifuge"
)

// settings are the command line's.
type settings struct {
	address string
	redis   string
	secret  string
	apiKey  string
	ping    time.Duration
	stale   time.Duration
	grace   time.Duration
	verbose bool
	trickle string
}

func read() settings {
	var s settings
	flag.StringVar(&s.address, "address", "127.0.0.1:7600", "where to listen")
	flag.StringVar(&s.redis, "redis", "", "host:port of a Redis that keeps history and presence over a restart and over nodes; none: in memory")
	flag.StringVar(&s.secret, "secret", "secret", "HS256 secret of tokens")
	flag.StringVar(&s.apiKey, "api-key", "test-api-key", "key of the server API")
	flag.DurationVar(&s.ping, "ping", 2*time.Second, "pause between pings; whole seconds")
	flag.DurationVar(&s.stale, "stale", 3*time.Second, "how long a connection may wait with its connect command")
	flag.DurationVar(&s.grace, "grace", 2*time.Second, "how long an expired connection or subscription may take to refresh")
	flag.BoolVar(&s.verbose, "verbose", false, "log what happens to connections")
	flag.StringVar(&s.trickle, "trickle", "", "another reference's WebSocket address: stand before it, give what was missed as pushes, do nothing else")
	flag.Parse()
	return s
}

func main() {
	s := read()
	if s.trickle != "" {
		http.Handle("/connection/websocket", trickle{s.trickle})
		log.Fatal(http.ListenAndServe(s.address, nil))
	}
	node, err := newNode(s)
	if err != nil {
		log.Fatal(err)
	}
	handle(node, tokens{[]byte(s.secret)})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: s.address, Handler: routes(node, s)}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = node.Shutdown(limit)
	_ = server.Shutdown(limit)
}

func newNode(s settings) (*centrifuge.Node, error) {
	level := centrifuge.LogLevelError
	if s.verbose {
		level = centrifuge.LogLevelDebug
	}
	node, err := centrifuge.New(centrifuge.Config{
		Version:                    "reference",
		LogLevel:                   level,
		LogHandler:                 func(e centrifuge.LogEntry) { log.Println(e.Message, e.Fields) },
		ClientStaleCloseDelay:      s.stale,
		ClientExpiredCloseDelay:    s.grace,
		ClientExpiredSubCloseDelay: s.grace,
		// The library looks for expired subscriptions when it renews presence.
		ClientPresenceUpdateInterval: time.Second,
		HistoryMaxPublicationLimit:   300,
	})
	if err != nil || s.redis == "" {
		return node, err
	}
	return node, keepInRedis(node, s.redis)
}

func keepInRedis(node *centrifuge.Node, address string) error {
	shard, err := centrifuge.NewRedisShard(node, centrifuge.RedisShardConfig{Address: address})
	if err != nil {
		return err
	}
	shards := []*centrifuge.RedisShard{shard}
	broker, err := centrifuge.NewRedisBroker(node, centrifuge.RedisBrokerConfig{Shards: shards})
	if err != nil {
		return err
	}
	presence, err := centrifuge.NewRedisPresenceManager(node, centrifuge.RedisPresenceManagerConfig{Shards: shards})
	if err != nil {
		return err
	}
	node.SetBroker(broker)
	node.SetPresenceManager(presence)
	return nil
}

func routes(node *centrifuge.Node, s settings) http.Handler {
	mux := http.NewServeMux()
	pings := centrifuge.PingPongConfig{PingInterval: s.ping, PongTimeout: s.ping * 3 / 4}
	mux.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		CheckOrigin:    func(*http.Request) bool { return true },
		PingPongConfig: pings,
	}))
	mux.Handle("POST /api/{method}", api{node, s.apiKey})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return mux
}
