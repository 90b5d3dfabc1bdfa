package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// streams: fan-out over event streams as Go's own HTTP client reads them, -each of them on one connection of HTTP/2 (prior knowledge, no TLS), or,
// with -each 1, each on a connection of HTTP/1.1. That client costs more than the loop of the other scenarios, so these figures are to be compared
// with each other only, by the server's CPU.
type streams struct {
	b         *bench
	auth      string
	delivered atomic.Int64
	sent      atomic.Int64
	acked     atomic.Int64
	faults    atomic.Int64 // lost, twice or out of order
	ended     atomic.Int64
	latency   Hist // guarded by mu
	mu        sync.Mutex
	measuring atomic.Bool
	inWindow  atomic.Int64
}

func (b *bench) streams() {
	a, ok := b.l.ad.(*tideline)
	if !ok {
		fatal("streams is for tideline only")
	}
	o := b.o
	s := &streams{b: b, auth: strings.TrimSpace(strings.TrimPrefix(a.auth, "Authorization: "))}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var ready sync.WaitGroup
	idle := sample(o.pids, true)
	t := nanotime()
	for i := 0; i < o.subs; i += o.each {
		client := s.client(o.each > 1)
		for range min(o.each, o.subs-i) {
			ready.Add(1)
			go s.read(ctx, client, &ready)
		}
		ready.Wait() // one connection after the other: Go would open a second one while the first is being opened
	}
	connect := nanotime() - t
	running := atomic.Bool{}
	running.Store(true)
	var publishers sync.WaitGroup
	for i := range o.pubs {
		publishers.Add(1)
		go s.publish(i, &running, &publishers)
	}
	time.Sleep(o.warm)
	s0, g0, t0, sent0 := sample(o.pids, false), selfCPU(), nanotime(), s.acked.Load()
	count0 := counters(o.addr, o.metrics, o.counters)
	s.measuring.Store(true)
	time.Sleep(o.dur)
	s.measuring.Store(false)
	s1, g1, t1, sent1 := sample(o.pids, false), selfCPU(), nanotime(), s.acked.Load()
	count1 := counters(o.addr, o.metrics, o.counters)
	peak := sample(o.pids, true)
	running.Store(false)
	publishers.Wait()
	time.Sleep(time.Second)
	wall, n := float64(t1-t0)/1e9, float64(max(s.inWindow.Load(), 1))
	r := b.r
	r["subs"], r["each"], r["size"], r["pubs"], r["window"] = o.subs, o.each, o.size, o.pubs, o.window
	r["connect_s"] = round(float64(connect)/1e9, 2)
	r["delivered_per_s"] = round(n/wall, 0)
	r["published_per_s"] = round(float64(sent1-sent0)/wall, 1)
	r["server_cpu_pct"] = round(100*(s1.cpu-s0.cpu)/wall, 1)
	r["cpu_s_per_m"] = round((s1.cpu-s0.cpu)/n*1e6, 3)
	r["gen_cpu_pct"] = round(100*(g1-g0)/wall, 1)
	r["p50_ms"], r["p99_ms"] = s.latency.Q(.5), s.latency.Q(.99)
	r["lost"] = s.acked.Load()*int64(o.subs) - s.delivered.Load()
	r["faults"], r["disconnected"] = s.faults.Load(), s.ended.Load()
	r["rss_mb_start"], r["rss_mb_end"] = idle.rss/1024, peak.rss/1024
	for name, v := range count1 {
		r[name] = v - count0[name]
	}
}

func (s *streams) client(http2 bool) *http.Client {
	t := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	t.Protocols.SetHTTP1(!http2)
	t.Protocols.SetUnencryptedHTTP2(http2)
	return &http.Client{Transport: t}
}

// read follows one stream to its end.
func (s *streams) read(ctx context.Context, client *http.Client, ready *sync.WaitGroup) {
	request, _ := http.NewRequestWithContext(ctx, "GET", "http://"+s.b.o.addr+"/v1/channels/c0/messages", nil)
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", s.auth)
	response, err := client.Do(request)
	if err != nil || response.StatusCode != 200 {
		fatal(fmt.Sprint("no stream: ", response, err))
	}
	defer response.Body.Close()
	if (response.ProtoMajor == 2) != (s.b.o.each > 1) {
		fatal("the stream came over " + response.Proto)
	}
	ready.Done()
	last := make([]uint32, s.b.o.pubs)
	lines := bufio.NewReaderSize(response.Body, 4096+s.b.o.size)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			if ctx.Err() == nil {
				s.ended.Add(1)
			}
			return
		}
		if i := bytes.Index(line, marker); i >= 0 {
			from, seq := int(getHex(line[i+19:i+21])), uint32(getHex(line[i+21:i+29]))
			if seq != last[from]+1 {
				s.faults.Add(1)
			}
			last[from] = seq
			s.delivered.Add(1)
			if s.measuring.Load() {
				s.inWindow.Add(1)
				s.mu.Lock()
				s.latency.Add(nanotime() - int64(getHex(line[i+3:i+19])))
				s.mu.Unlock()
			}
		}
	}
}

// publish keeps one request in flight while fewer than the window's messages wait for delivery.
func (s *streams) publish(stream int, running *atomic.Bool, done *sync.WaitGroup) {
	defer done.Done()
	o, client := s.b.o, s.client(false)
	body := make([]byte, o.size+2)
	body[0], body[o.size+1] = '"', '"'
	for seq := uint32(1); running.Load(); {
		if (s.sent.Load()-int64(o.window))*int64(o.subs) >= s.delivered.Load() {
			time.Sleep(100 * time.Microsecond)
			continue
		}
		s.sent.Add(1)
		s.b.l.fill(body[1:o.size+1], nanotime(), stream, seq)
		seq++
		request, _ := http.NewRequest("POST", "http://"+o.addr+"/v1/channels/c0/messages", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", s.auth)
		response, err := client.Do(request)
		if err != nil || response.StatusCode != 201 {
			fatal(fmt.Sprint("not published: ", response, err))
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		s.acked.Add(1)
	}
}
