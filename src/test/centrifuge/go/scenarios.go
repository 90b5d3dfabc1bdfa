// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

var (
	plain       = centrifuge.SubscriptionConfig{}
	recoverable = centrifuge.SubscriptionConfig{Recoverable: true, Positioned: true}
	always      = context.Background()
)

const text = "ä € 漢字 🏳️‍🌈 \u202eעברית \u0001 \\ \" \u2028 </script>"

func upto(first, last int) []int {
	all := []int{}
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

func messages(first, last, size int) []publication {
	all := []publication{}
	for n := first; n <= last; n++ {
		all = append(all, publication{data: object{"n": n, "pad": strings.Repeat("x", max(0, size-20))}})
	}
	return all
}

func jsonOf(value any) string {
	encoded, err := json.Marshal(value)
	check(err == nil, "%v", err)
	return string(encoded)
}

// sameJSON compares what two texts say.
func sameJSON(actual []byte, expected any) {
	var one, other any
	check(json.Unmarshal(actual, &one) == nil, "%s", actual)
	check(json.Unmarshal([]byte(jsonOf(expected)), &other) == nil, "%v", expected)
	same(one, other)
}

func code(err error) uint32 {
	var known *centrifuge.Error
	check(errors.As(err, &known), "no error of the server: %v", err)
	return known.Code
}

// cutOff gives a subscription over a wire that was cut after some publications, and mended after more.
func (s *stage) cutOff(before, missed, size int, whileAway func(string)) (*wire, string, *subscription, noted) {
	w := s.wire()
	c := s.start(s.client(w.url, name("user"), nil, centrifuge.Config{}))
	to := channel("chat")
	sub := s.subscribed(c, to, recoverable)
	backend.publish(to, messages(1, before, 0)...)
	sub.until("publication", before)
	w.cut()
	sub.until("subscribing", 2)
	backend.publish(to, messages(before+1, before+missed, size)...)
	whileAway(to)
	w.mend()
	return w, to, sub, sub.until("subscribed", 2)
}

func nothing(string) {}

type scenario struct {
	name string
	play func(*stage)
}

var scenarios = []scenario{
	{"connect with a token", func(s *stage) {
		c := s.connected(func(o *centrifuge.Config) { o.Name, o.Version, o.Data = "judge", "1.2", []byte(`{"any":"thing"}`) })
		check(c.kind("connected")[0].client != "", "no id")
	}},
	{"anonymous connection refused", func(s *stage) {
		refused(s, centrifuge.Config{GetToken: func(centrifuge.ConnectionTokenEvent) (string, error) { return "", nil }}, 3501)
	}},
	{"invalid token refused", func(s *stage) {
		refused(s, centrifuge.Config{Token: mint(object{"sub": "fred"}, "another secret")}, 3500)
	}},
	{"expired token replaced", func(s *stage) {
		tokens := []string{mint(object{"sub": "fred", "exp": inSeconds(-60)}, secret), mint(object{"sub": "fred"}, secret)}
		c := s.connected(func(o *centrifuge.Config) {
			o.GetToken = func(centrifuge.ConnectionTokenEvent) (string, error) {
				next := tokens[0]
				tokens = tokens[1:]
				return next, nil
			}
		})
		same(code(c.kind("error")[0].err), uint32(109))
	}},
	{"pings keep a connection", func(s *stage) {
		c := s.connected(func(o *centrifuge.Config) { o.MaxServerPingDelay = time.Second })
		time.Sleep(ping*4 + time.Second)
		same(len(c.kind("connecting")), 1)
		same(c.State(), centrifuge.StateConnected)
	}},
	{"connection token refreshed", func(s *stage) {
		asked := 0
		c := s.connected(func(o *centrifuge.Config) {
			o.GetToken = func(centrifuge.ConnectionTokenEvent) (string, error) {
				asked++
				return mint(object{"sub": "fred", "exp": inSeconds(map[bool]int64{true: 3, false: 600}[asked < 3])}, secret), nil
			}
		})
		c.when(func() bool { return asked == 3 }, "three tokens")
		time.Sleep(3*time.Second + grace)
		same(len(c.kind("connecting")), 1)
		same(c.State(), centrifuge.StateConnected)
	}},
	{"live publications", func(s *stage) {
		to := channel("chat")
		sub := s.subscribed(s.connected(), to, recoverable)
		told := sub.kind("subscribed")[0].is
		same([]bool{told.Recoverable, told.Positioned, told.WasRecovering, told.Recovered}, []bool{true, true, false, false})
		same(told.StreamPosition.Offset, uint64(0))
		check(told.StreamPosition.Epoch != "", "no epoch")
		backend.publish(to, publication{data: object{"text": "one"}, tags: map[string]string{"lang": "en"}}, publication{data: []string{"two"}})
		sub.until("publication", 2)
		found := sub.kind("publication")
		same([]uint64{found[0].pub.Offset, found[1].pub.Offset}, []uint64{1, 2})
		same(found[0].pub.Tags, map[string]string{"lang": "en"})
		same(found[0].pub.Info != nil, differs("senders are users"))
		sameJSON(found[0].pub.Data, object{"text": "one"})
		sameJSON(found[1].pub.Data, []string{"two"})
	}},
	{"publications without history", func(s *stage) {
		to := channel("live")
		sub := s.subscribed(s.connected(), to, recoverable)
		same(sub.kind("subscribed")[0].is.Recoverable, false)
		backend.publish(to, publication{data: 1})
		same(sub.until("publication", 1).pub.Offset, uint64(0))
	}},
	{"publish with sender info", func(s *stage) {
		to := channel("chat")
		fred := s.start(s.client(urls[0], name("user"), object{"info": object{"name": "Frédéric"}}, centrifuge.Config{}))
		heard := s.subscribed(s.connected(), to, plain)
		sub := s.subscribed(fred, to, centrifuge.SubscriptionConfig{Data: []byte(`{"since":[1]}`)})
		_, err := sub.Publish(always, []byte(`{"text":"hello"}`))
		check(err == nil, "%v", err)
		_, err = fred.Publish(always, to, []byte(`"again"`))
		check(err == nil, "%v", err)
		heard.until("publication", 2)
		same(heard.data(), []string{`{"text":"hello"}`, `"again"`})
		info := heard.kind("publication")[0].pub.Info
		same([]string{info.User, info.Client}, []string{fred.user, fred.kind("connected")[0].client})
		if !differs("senders are users") {
			sameJSON(info.ConnInfo, object{"name": "Frédéric"})
		}
	}},
	{"unicode", func(s *stage) {
		to := channel("chat")
		c := s.start(s.client(urls[0], name("Jürgen 🙂"), nil, centrifuge.Config{}))
		sub := s.subscribed(c, to, plain)
		backend.publish(to, publication{data: object{text: text}})
		sub.until("publication", 1)
		_, err := sub.Publish(always, []byte(jsonOf(text)))
		check(err == nil, "%v", err)
		sub.until("publication", 2)
		found := sub.kind("publication")
		sameJSON(found[0].pub.Data, object{text: text})
		sameJSON(found[1].pub.Data, text)
		same(found[1].pub.Info.User, c.user)
	}},
	{"binary payloads", func(s *stage) {
		if !s.isBinary {
			panic(skipped("JSON has none"))
		}
		to := channel("chat")
		all := make([]byte, 1024)
		for at := range all {
			all[at] = byte(at)
		}
		sub := s.subscribed(s.connected(), to, plain)
		backend.publish(to, publication{bytes: all})
		_, err := sub.Publish(always, all)
		check(err == nil, "%v", err)
		sub.until("publication", 2)
		for _, one := range sub.kind("publication") {
			same(one.pub.Data, all)
		}
	}},
	{"history", func(s *stage) {
		to := channel("chat")
		backend.publish(to, messages(1, 10, 0)...)
		sub := s.subscribed(s.connected(), to, plain)
		epoch := ""
		asked := func(expected []int, options ...centrifuge.HistoryOption) {
			found, err := sub.History(always, options...)
			check(err == nil, "%v", err)
			same(found.Offset, uint64(10))
			epoch = found.Epoch
			offsets := []int{}
			for _, pub := range found.Publications {
				sameJSON(pub.Data, object{"n": pub.Offset, "pad": ""})
				offsets = append(offsets, int(pub.Offset))
			}
			same(offsets, expected)
		}
		limit, reverse := centrifuge.WithHistoryLimit, centrifuge.WithHistoryReverse(true)
		since := func(offset uint64, epoch string) centrifuge.HistoryOption {
			return centrifuge.WithHistorySince(&centrifuge.StreamPosition{Offset: offset, Epoch: epoch})
		}
		asked([]int{}, limit(0))
		asked(upto(1, 10), limit(-1))
		asked([]int{1, 2, 3}, limit(3))
		asked([]int{9, 10}, limit(3), since(8, epoch))
		asked([]int{10, 9, 8}, limit(3), reverse)
		asked([]int{2, 1}, limit(9), since(3, epoch), reverse)
		_, err := sub.History(always, limit(1), since(1, "another"))
		same(code(err), uint32(112))
	}},
	{"presence", func(s *stage) {
		to := channel("chat")
		fred := s.start(s.client(urls[0], name("user"), object{"info": object{"name": "Fred"}}, centrifuge.Config{}))
		sub := s.subscribed(fred, to, plain)
		s.subscribed(s.start(s.client(urls[0], fred.user, nil, centrifuge.Config{})), to, plain)
		s.subscribed(s.connected(), to, plain)
		found, err := sub.Presence(always)
		check(err == nil, "%v", err)
		same(len(found.Clients), 3)
		member := found.Clients[fred.kind("connected")[0].client]
		same(member.User, fred.user)
		sameJSON(member.ConnInfo, object{"name": "Fred"})
		stats, err := sub.PresenceStats(always)
		check(err == nil, "%v", err)
		same([]int{stats.NumClients, stats.NumUsers}, []int{3, 2})
	}},
	{"join and leave", func(s *stage) {
		to := channel("chat")
		watcher := s.subscribed(s.connected(), to, centrifuge.SubscriptionConfig{JoinLeave: true})
		fred := s.connected()
		sub := s.subscribed(fred, to, plain)
		told(watcher, "join", fred)
		check(sub.Unsubscribe() == nil, "unsubscribe")
		told(watcher, "leave", fred)
	}},
	{"unsubscribe and come back", func(s *stage) {
		to := channel("chat")
		sub := s.subscribed(s.connected(), to, recoverable)
		backend.publish(to, messages(1, 2, 0)...)
		sub.until("publication", 2)
		check(sub.Unsubscribe() == nil, "unsubscribe")
		sub.until("unsubscribed", 1)
		backend.publish(to, messages(3, 5, 0)...)
		check(sub.Subscribe() == nil, "subscribe")
		sub.until("publication", 5)
		same(sub.numbers(), upto(1, 5))
	}},
	{"hundred channels at once", func(s *stage) {
		c := s.client(urls[0], name("user"), nil, centrifuge.Config{})
		var all []*subscription
		for range 100 {
			all = append(all, s.subscribe(c, channel("chat"), recoverable))
		}
		s.start(c)
		for _, sub := range all {
			sub.until("subscribed", 1)
			backend.publish(sub.Channel, publication{data: sub.Channel})
		}
		for _, sub := range all {
			sub.until("publication", 1)
			same(sub.data(), []string{jsonOf(sub.Channel)})
		}
	}},
	{"server-side subscription", func(s *stage) {
		w := s.wire()
		to := channel("chat")
		c := s.start(s.client(w.url, name("user"), object{"channels": []string{to}}, centrifuge.Config{}))
		first := c.until("subscribed", 1)
		same(first.of, to)
		same(first.is.Recoverable, true)
		backend.publish(to, messages(1, 3, 0)...)
		c.until("publication", 3)
		w.cut()
		c.until("connecting", 2)
		backend.publish(to, messages(4, 203, 0)...)
		w.mend()
		if !differs("server-side by push") {
			same(c.until("subscribed", 2).is.Recovered, true)
		}
		c.until("publication", 203)
		backend.publish(to, messages(204, 204, 0)...)
		c.until("publication", 204)
		same(c.numbers(), upto(1, 204))
	}},
	{"recovery of nothing", func(s *stage) {
		_, to, sub, told := s.cutOff(2, 0, 0, nothing)
		same([]bool{told.is.WasRecovering, told.is.Recovered}, []bool{true, true})
		backend.publish(to, messages(3, 3, 0)...)
		sub.until("publication", 3)
		same(sub.numbers(), []int{1, 2, 3})
	}},
	{"recovery of a few", func(s *stage) {
		_, to, sub, told := s.cutOff(3, 7, 0, nothing)
		same([]bool{told.is.WasRecovering, told.is.Recovered}, []bool{true, true})
		sub.until("publication", 10)
		backend.publish(to, messages(11, 12, 0)...)
		sub.until("publication", 12)
		same(sub.numbers(), upto(1, 12))
	}},
	{"recovery of two thousand", func(s *stage) {
		_, to, sub, told := s.cutOff(5, 2000, 200, nothing)
		same([]bool{told.is.WasRecovering, told.is.Recovered}, []bool{true, true})
		// What is published meanwhile comes behind what was missed.
		backend.publish(to, messages(2006, 2105, 0)...)
		sub.until("publication", 2105, time.Minute)
		time.Sleep(500 * time.Millisecond)
		same(sub.numbers(), upto(1, 2105))
	}},
	{"cut again while recovering", func(s *stage) {
		w, _, sub, _ := s.cutOff(1, 3000, 200, nothing)
		for _, many := range []int{200, 900} {
			sub.until("publication", many)
			times := len(sub.kind("subscribed"))
			w.cut()
			time.Sleep(100 * time.Millisecond)
			w.mend()
			same(sub.until("subscribed", times+1).is.Recovered, true)
		}
		sub.until("publication", 3001, time.Minute)
		time.Sleep(500 * time.Millisecond)
		same(sub.numbers(), upto(1, 3001))
	}},
	{"recovery from what is no longer kept", func(s *stage) {
		_, to, sub, told := s.cutOff(3, 5, 0, backend.forget)
		same([]bool{told.is.WasRecovering, told.is.Recovered}, []bool{true, false})
		backend.publish(to, messages(9, 9, 0)...)
		sub.until("publication", 4)
		same(sub.numbers(), []int{1, 2, 3, 9})
	}},
	{"state loaded where recovery is impossible", func(s *stage) {
		to := channel("chat")
		backend.publish(to, messages(1, 3, 0)...)
		known := s.subscribed(s.connected(), to, recoverable)
		epoch := known.kind("subscribed")[0].is.StreamPosition.Epoch
		positions := []centrifuge.StreamPosition{{Offset: 1, Epoch: "another"}, {Offset: 2, Epoch: epoch}}
		config := recoverable
		config.GetState = func(centrifuge.SubscriptionGetStateEvent) (centrifuge.StreamPosition, error) {
			next := positions[0]
			positions = positions[1:]
			return next, nil
		}
		sub := s.subscribed(s.connected(), to, config)
		sub.until("publication", 1)
		same(len(positions), 0)
		same(sub.numbers(), []int{3})
	}},
	{"subscription token", func(s *stage) {
		to := channel("secret")
		c := s.connected()
		sub := s.subscribed(c, to, tokens(func() string {
			return mint(object{"sub": c.user, "channel": to, "info": object{"role": "guest"}}, secret)
		}))
		backend.publish(to, publication{data: 1})
		sub.until("publication", 1)
		_, err := sub.Publish(always, []byte("2"))
		check(err == nil, "%v", err)
		second := sub.until("publication", 2)
		if !differs("senders are users") {
			sameJSON(second.pub.Info.ChanInfo, object{"role": "guest"})
		}
		same(sub.data(), []string{"1", "2"})
	}},
	{"subscription token refreshed", func(s *stage) {
		to := channel("secret")
		c := s.connected()
		asked := 0
		sub := s.subscribed(c, to, tokens(func() string {
			asked++
			return mint(object{"sub": c.user, "channel": to, "exp": inSeconds(map[bool]int64{true: 3, false: 600}[asked < 3])}, secret)
		}))
		sub.when(func() bool { return asked == 3 }, "three tokens")
		time.Sleep(3*time.Second + grace)
		same(len(sub.kind("subscribing")), 1)
		backend.publish(to, publication{data: 1})
		sub.until("publication", 1)
	}},
	{"subscription token expired", func(s *stage) {
		to := channel("secret")
		c := s.connected()
		asked := 0
		sub := s.subscribed(c, to, tokens(func() string {
			asked++
			return mint(object{"sub": c.user, "channel": to, "exp": inSeconds(map[bool]int64{true: -60, false: 600}[asked < 2])}, secret)
		}))
		same(asked, 2)
		same(code(sub.kind("error")[0].err), uint32(109))
	}},
	{"subscription token of another channel", func(s *stage) {
		c := s.connected()
		sub := s.subscribe(c, channel("secret"), centrifuge.SubscriptionConfig{Token: mint(object{"sub": c.user, "channel": channel("secret")}, secret)})
		if differs("foreign token is an error") {
			same(sub.until("unsubscribed", 1).code, uint32(103))
		} else {
			same(c.until("disconnected", 1).code, uint32(3500))
		}
	}},
	{"subscription denied", func(s *stage) {
		c := s.connected()
		same(s.subscribe(c, channel("secret"), plain).until("unsubscribed", 1).code, uint32(103))
		same(c.State(), centrifuge.StateConnected)
	}},
	{"publish denied", func(s *stage) {
		c := s.connected()
		_, err := s.subscribed(c, channel("readonly"), plain).Publish(always, []byte("1"))
		same(code(err), uint32(103))
		_, err = c.Publish(always, channel("chat"), []byte("1"))
		if differs("rights by pattern") {
			check(err == nil, "%v", err)
		} else {
			same(code(err), uint32(103))
		}
	}},
	{"unknown namespace", func(s *stage) {
		same(s.subscribe(s.connected(), channel("nowhere"), plain).until("unsubscribed", 1).code, either[uint32]("unknown is forbidden", 103, 102))
	}},
	{"history and presence not there", func(s *stage) {
		sub := s.subscribed(s.connected(), channel("live"), plain)
		_, err := sub.History(always, centrifuge.WithHistoryLimit(1))
		same(code(err), uint32(108))
		_, err = sub.Presence(always)
		same(code(err), uint32(108))
		_, err = sub.PresenceStats(always)
		same(code(err), uint32(108))
	}},
	{"call that nobody answers", func(s *stage) {
		_, err := s.connected().RPC(always, "any", []byte("{}"))
		same(code(err), uint32(104))
	}},
	{"too large a publication", func(s *stage) {
		c := s.connected()
		_, err := s.subscribed(c, channel("chat"), plain).Publish(always, []byte(jsonOf(strings.Repeat("x", 200_000))))
		var answered *centrifuge.Error
		check(err != nil && !errors.As(err, &answered), "was answered: %v", err)
		// The SDK reconnects after 1009, other than that of JavaScript. As it sends large messages in fragments, the reference
		// may meet the length of a Protobuf message before its limit, and find it malformed.
		c.when(func() bool { return len(c.kind("connected")) == 2 || len(c.kind("disconnected")) == 1 }, "an end or a return")
		for _, ended := range c.kind("disconnected") {
			same(ended.code, uint32(3501))
		}
	}},
	{"unsubscribed by the server", func(s *stage) {
		to := channel("chat")
		c := s.connected()
		sub := s.subscribed(c, to, plain)
		backend.unsubscribe(c.user, to)
		same(sub.until("unsubscribed", 1).code, uint32(2000))
		same(c.State(), centrifuge.StateConnected)
	}},
	{"disconnected by the server for now", func(s *stage) {
		c := s.connected()
		sub := s.subscribed(c, channel("chat"), recoverable)
		backend.disconnect(c.user, 4001, "moved")
		again := c.until("connecting", 2)
		same([]any{again.code, again.reason}, []any{uint32(4001), "moved"})
		same(sub.until("subscribed", 2).is.Recovered, true)
	}},
	{"disconnected by the server for good", func(s *stage) {
		c := s.connected()
		backend.disconnect(c.user, 4501, "banned")
		ended := c.until("disconnected", 1)
		same([]any{ended.code, ended.reason}, []any{uint32(4501), "banned"})
	}},
	{"two nodes", func(s *stage) {
		if len(urls) < 2 {
			panic(skipped("CENTRIFUGE_URL names one node"))
		}
		to := channel("chat")
		here := s.subscribed(s.connected(), to, centrifuge.SubscriptionConfig{Recoverable: true, JoinLeave: true})
		there := s.start(s.client(urls[1], name("user"), nil, centrifuge.Config{}))
		sub := s.subscribed(there, to, recoverable)
		told(here, "join", there)
		_, err := sub.Publish(always, []byte(`{"n":1}`))
		check(err == nil, "%v", err)
		backend.publish(to, publication{data: object{"n": 2}})
		for _, heard := range []*subscription{here, sub} {
			heard.until("publication", 2)
			same(heard.numbers(), []int{1, 2})
			stats, err := heard.PresenceStats(always)
			check(err == nil, "%v", err)
			same(stats.NumClients, 2)
		}
		check(there.Disconnect() == nil, "disconnect")
		told(here, "leave", there)
	}},
	{"node killed while a thousand are published", func(s *stage) {
		if restart == "" {
			panic(skipped("CENTRIFUGE_RESTART is not set"))
		}
		to := channel("chat")
		sub := s.subscribed(s.connected(func(o *centrifuge.Config) { o.MaxServerPingDelay = 3 * time.Second }), to, recoverable)
		restarted := exec.Command("sh", "-c", restart)
		for at, message := range messages(1, 1000, 0) {
			if at == 200 {
				check(restarted.Start() == nil, "restart")
			}
			message.key = "message-" + jsonOf(at)
			backend.publishSurely(to, message)
		}
		check(restarted.Wait() == nil, "restart")
		told := sub.until("subscribed", 2, time.Minute)
		sub.when(func() bool { return slices.Contains(sub.numbers(), 1000) }, "the last message", time.Minute)
		found := sub.numbers()
		for at := range found[1:] {
			check(found[at] < found[at+1], "not once and in order: %v", found)
		}
		if durable || told.is.Recovered {
			same(told.is.Recovered, true)
			same(found, upto(1, 1000))
		}
	}},
}

func refused(s *stage, config centrifuge.Config, expected uint32) {
	c := s.client(urls[0], "", nil, config)
	_ = c.Connect()
	same(c.until("disconnected", 1).code, expected)
}

func tokens(next func() string) centrifuge.SubscriptionConfig {
	return centrifuge.SubscriptionConfig{GetToken: func(centrifuge.SubscriptionTokenEvent) (string, error) { return next(), nil }}
}

// told waits until the watcher was told that this client joined or left.
func told(watcher *subscription, kind string, of *client) {
	id := of.kind("connected")[0].client
	watcher.when(func() bool {
		return slices.ContainsFunc(watcher.kind(kind), func(n noted) bool { return n.info.User == of.user && n.info.Client == id })
	}, kind)
}
