// SPDX-License-Identifier: Apache-2.0
package main

import (
	"io"
	"net"
	"net/url"
	"sync"
)

// wire is a stretch of wire before a node, which can be cut and mended.
type wire struct {
	url      string
	far      string
	listener net.Listener
	mutex    sync.Mutex
	isCut    bool
	open     map[net.Conn]bool
}

func wireTo(address string) *wire {
	to, err := url.Parse(address)
	check(err == nil, "%v", err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err == nil, "%v", err)
	w := &wire{"ws://" + listener.Addr().String() + to.Path, to.Host, listener, sync.Mutex{}, false, map[net.Conn]bool{}}
	go w.accept()
	return w
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.far)
		if err != nil || !w.keep(near, far) {
			near.Close()
			continue
		}
		go carry(near, far)
		go carry(far, near)
	}
}

func carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	from.Close()
	to.Close()
}

func (w *wire) keep(both ...net.Conn) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, one := range both {
		if w.isCut {
			one.Close()
		} else {
			w.open[one] = true
		}
	}
	return !w.isCut
}

// cut ends what is connected; until it is mended, new connections end, too.
func (w *wire) cut() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.isCut = true
	for one := range w.open {
		one.Close()
	}
	clear(w.open)
}

func (w *wire) mend() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.isCut = false
}
