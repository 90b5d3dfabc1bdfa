// SPDX-License-Identifier: Apache-2.0
package main

import (
	"net/http"
	"sync"

	"github.com/centrifugal/protocol"
	"github.com/gorilla/websocket"
)

// trickle stands before the reference. What a client missed doesn't come with the reply to its subscribe command then, but as
// pushes behind it: a server does so that reads its log page by page, at the client's pace. No SDK may tell the difference.
type trickle struct {
	inner string
}

var upgrader = websocket.Upgrader{Subprotocols: []string{"centrifuge-protobuf"}, CheckOrigin: func(*http.Request) bool { return true }}

// carried is a connection through a trickle.
type carried struct {
	near, far *websocket.Conn
	kind      protocol.Type
	mutex     sync.Mutex
	channels  map[uint32]string
}

func (t trickle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	near, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer near.Close()
	dialer := websocket.Dialer{Subprotocols: websocket.Subprotocols(r)}
	far, _, err := dialer.Dial(t.inner, nil)
	if err != nil {
		return
	}
	defer far.Close()
	c := &carried{near: near, far: far, kind: protocol.TypeJSON, channels: map[uint32]string{}}
	if near.Subprotocol() != "" {
		c.kind = protocol.TypeProtobuf
	}
	go c.commands()
	c.replies()
}

func (c *carried) commands() {
	defer c.far.Close()
	for {
		kind, data, err := c.near.ReadMessage()
		if err != nil {
			return
		}
		c.remember(data)
		if c.far.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// remember keeps the channels of subscribe commands, as replies don't name them.
func (c *carried) remember(data []byte) {
	var decoder protocol.CommandDecoder = protocol.NewJSONCommandDecoder(data)
	if c.kind == protocol.TypeProtobuf {
		decoder = protocol.NewProtobufCommandDecoder(data)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for {
		command, err := decoder.Decode()
		if command != nil && command.Subscribe != nil {
			c.channels[command.Id] = string([]byte(command.Subscribe.Channel))
		}
		if err != nil {
			return
		}
	}
}

func (c *carried) replies() {
	for {
		_, data, err := c.far.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok {
			_ = c.near.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(closed.Code, closed.Text))
		}
		if err != nil {
			return
		}
		var decoder protocol.ReplyDecoder = protocol.NewJSONReplyDecoder(data)
		if c.kind == protocol.TypeProtobuf {
			decoder = protocol.NewProtobufReplyDecoder(data)
		}
		for reply, err := decoder.Decode(); err == nil; reply, err = decoder.Decode() {
			for _, one := range c.split(reply) {
				if c.write(one) != nil {
					return
				}
			}
		}
	}
}

// split is the reply without what was missed, and that as pushes.
func (c *carried) split(reply *protocol.Reply) []*protocol.Reply {
	all := []*protocol.Reply{reply}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if reply.Subscribe != nil {
		all = append(all, pushes(c.channels[reply.Id], reply.Subscribe)...)
	}
	if reply.Connect != nil {
		for channel, result := range reply.Connect.Subs {
			all = append(all, pushes(channel, result)...)
		}
	}
	return all
}

func pushes(channel string, result *protocol.SubscribeResult) []*protocol.Reply {
	all := make([]*protocol.Reply, 0, len(result.Publications))
	for _, publication := range result.Publications {
		all = append(all, &protocol.Reply{Push: &protocol.Push{Channel: channel, Pub: publication}})
	}
	result.Publications = nil
	return all
}

func (c *carried) write(reply *protocol.Reply) error {
	encoded, err := protocol.GetReplyEncoder(c.kind).Encode(reply)
	if err != nil {
		return err
	}
	encoder := protocol.GetDataEncoder(c.kind)
	defer protocol.PutDataEncoder(c.kind, encoder)
	if err := encoder.Encode(encoded); err != nil {
		return err
	}
	kind := websocket.TextMessage
	if c.kind == protocol.TypeProtobuf {
		kind = websocket.BinaryMessage
	}
	return c.near.WriteMessage(kind, encoder.Finish())
}
