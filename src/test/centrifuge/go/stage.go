// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

const seenMax = 20 * time.Second

type failure string

// skipped says that a scenario can't be played here, and why.
type skipped string

func check(holds bool, format string, arguments ...any) {
	if !holds {
		panic(failure(fmt.Sprintf(format, arguments...)))
	}
}

func same(actual, expected any) {
	check(reflect.DeepEqual(actual, expected), "%v is not %v", actual, expected)
}

// noted is something that the SDK told.
type noted struct {
	kind   string
	code   uint32
	reason string
	err    error
	is     centrifuge.SubscribedEvent
	of     string
	pub    centrifuge.Publication
	info   centrifuge.ClientInfo
	client string
}

// events are what a client or a subscription told, in order.
type events struct {
	mutex sync.Mutex
	all   []noted
}

func (e *events) note(one noted) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.all = append(e.all, one)
}

func (e *events) kind(kind string) []noted {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var found []noted
	for _, one := range e.all {
		if one.kind == kind {
			found = append(found, one)
		}
	}
	return found
}

// until gives the last event of this kind, as soon as there are so many.
func (e *events) until(kind string, times int, limit ...time.Duration) noted {
	e.when(func() bool { return len(e.kind(kind)) >= times }, fmt.Sprintf("%d × %s", times, kind), limit...)
	all := e.kind(kind)
	return all[len(all)-1]
}

func (e *events) when(condition func() bool, description string, limit ...time.Duration) {
	longest := seenMax
	if len(limit) > 0 {
		longest = limit[0]
	}
	for deadline := time.Now().Add(longest); !condition(); time.Sleep(10 * time.Millisecond) {
		check(time.Now().Before(deadline), "not seen in %v: %s; last were %s", longest, description, e.last())
	}
}

// last is what was told last, for the message of a failure.
func (e *events) last() string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var text strings.Builder
	for _, one := range e.all[max(0, len(e.all)-8):] {
		fmt.Fprintf(&text, "%s %d %s %v, ", one.kind, one.code, one.reason, one.err)
	}
	return text.String()
}

func (e *events) numbers() []int {
	found := []int{}
	for _, one := range e.kind("publication") {
		var message struct{ N int }
		check(json.Unmarshal(one.pub.Data, &message) == nil, "%s", one.pub.Data)
		found = append(found, message.N)
	}
	return found
}

func (e *events) data() []string {
	found := []string{}
	for _, one := range e.kind("publication") {
		found = append(found, string(one.pub.Data))
	}
	return found
}

// client is one of the SDK, of a user, and what it told.
type client struct {
	*centrifuge.Client
	events
	user string
}

type subscription struct {
	*centrifuge.Subscription
	events
}

// stage has what a scenario plays with; it goes when that is over.
type stage struct {
	isBinary bool
	clients  []*client
	wires    []*wire
}

func (s *stage) close() {
	for _, c := range s.clients {
		c.Close()
	}
	for _, w := range s.wires {
		w.cut()
		w.listener.Close()
	}
}

func (s *stage) wire() *wire {
	made := wireTo(urls[0])
	s.wires = append(s.wires, made)
	return made
}

// client makes one that is not connected yet; user and claims are of its token, unless it gets one otherwise.
func (s *stage) client(url, user string, claims object, config centrifuge.Config) *client {
	if config.Token == "" && config.GetToken == nil {
		all := object{"sub": user}
		for name, value := range claims {
			all[name] = value
		}
		config.Token = mint(all, secret)
	}
	config.MinReconnectDelay = 50 * time.Millisecond
	config.MaxReconnectDelay = 500 * time.Millisecond
	config.ReadTimeout = 10 * time.Second
	config.HandshakeTimeout = 10 * time.Second
	made := &client{user: user}
	if s.isBinary {
		made.Client = centrifuge.NewProtobufClient(url, config)
	} else {
		made.Client = centrifuge.NewJsonClient(url, config)
	}
	s.listen(made)
	s.clients = append(s.clients, made)
	return made
}

func (s *stage) listen(c *client) {
	c.OnConnecting(func(e centrifuge.ConnectingEvent) { c.note(noted{kind: "connecting", code: e.Code, reason: e.Reason}) })
	c.OnConnected(func(e centrifuge.ConnectedEvent) { c.note(noted{kind: "connected", client: e.ClientID}) })
	c.OnDisconnected(func(e centrifuge.DisconnectedEvent) {
		c.note(noted{kind: "disconnected", code: e.Code, reason: e.Reason})
	})
	c.OnError(func(e centrifuge.ErrorEvent) { c.note(noted{kind: "error", err: e.Error}) })
	c.OnSubscribed(func(e centrifuge.ServerSubscribedEvent) {
		told := centrifuge.SubscribedEvent{Recoverable: e.Recoverable, Recovered: e.Recovered, WasRecovering: e.WasRecovering}
		c.note(noted{kind: "subscribed", of: e.Channel, is: told})
	})
	c.OnPublication(func(e centrifuge.ServerPublicationEvent) {
		c.note(noted{kind: "publication", of: e.Channel, pub: e.Publication})
	})
}

func (s *stage) connected(options ...func(*centrifuge.Config)) *client {
	var config centrifuge.Config
	for _, option := range options {
		option(&config)
	}
	return s.start(s.client(urls[0], name("user"), nil, config))
}

func (s *stage) start(c *client) *client {
	_ = c.Connect()
	c.until("connected", 1)
	return c
}

// subscribe makes a subscription that is not subscribed yet.
func (s *stage) subscribe(c *client, channel string, config centrifuge.SubscriptionConfig) *subscription {
	config.MinResubscribeDelay = 50 * time.Millisecond
	config.MaxResubscribeDelay = 500 * time.Millisecond
	made := &subscription{}
	var err error
	made.Subscription, err = c.NewSubscription(channel, config)
	check(err == nil, "%v", err)
	made.OnSubscribing(func(e centrifuge.SubscribingEvent) {
		made.note(noted{kind: "subscribing", code: e.Code, reason: e.Reason})
	})
	made.OnSubscribed(func(e centrifuge.SubscribedEvent) { made.note(noted{kind: "subscribed", is: e}) })
	made.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) {
		made.note(noted{kind: "unsubscribed", code: e.Code, reason: e.Reason})
	})
	made.OnError(func(e centrifuge.SubscriptionErrorEvent) { made.note(noted{kind: "error", err: e.Error}) })
	made.OnPublication(func(e centrifuge.PublicationEvent) { made.note(noted{kind: "publication", pub: e.Publication}) })
	made.OnJoin(func(e centrifuge.JoinEvent) { made.note(noted{kind: "join", info: e.ClientInfo}) })
	made.OnLeave(func(e centrifuge.LeaveEvent) { made.note(noted{kind: "leave", info: e.ClientInfo}) })
	check(made.Subscribe() == nil, "subscribe")
	return made
}

func (s *stage) subscribed(c *client, channel string, config centrifuge.SubscriptionConfig) *subscription {
	made := s.subscribe(c, channel, config)
	made.until("subscribed", 1)
	return made
}
