// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/json"
	"net/http"

	"github.com/centrifugal/centrifuge"
)

// api answers the part of Centrifugo's server API that the judges use: always 200, with a result or an error.
type api struct {
	node *centrifuge.Node
	key  string
}

type position struct {
	Offset uint64 `json:"offset"`
	Epoch  string `json:"epoch"`
}

// request has the members of all methods.
type request struct {
	Channel    string            `json:"channel"`
	Channels   []string          `json:"channels"`
	User       string            `json:"user"`
	Data       json.RawMessage   `json:"data"`
	Bytes      []byte            `json:"b64data"`
	Tags       map[string]string `json:"tags"`
	Key        string            `json:"idempotency_key"`
	Limit      int               `json:"limit"`
	Since      *position         `json:"since"`
	Reverse    bool              `json:"reverse"`
	Disconnect struct {
		Code   uint32 `json:"code"`
		Reason string `json:"reason"`
	} `json:"disconnect"`
	Commands []struct {
		Publish *request `json:"publish"`
	} `json:"commands"`
}

type object = map[string]any

func (a api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-API-Key") != a.key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var asked request
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a.answer(r.PathValue("method"), asked))
}

func (a api) answer(method string, asked request) object {
	result, err := a.call(method, asked)
	if err != nil {
		return object{"error": object{"code": err.Code, "message": err.Message}}
	}
	return object{"result": result}
}

func (a api) call(method string, asked request) (any, *centrifuge.Error) {
	switch method {
	case "publish":
		return a.publish(asked.Channel, asked)
	case "broadcast":
		responses := make([]any, 0, len(asked.Channels))
		for _, channel := range asked.Channels {
			asked.Channel = channel
			responses = append(responses, a.answer("publish", asked))
		}
		return object{"responses": responses}, nil
	case "unsubscribe":
		return done(a.node.Unsubscribe(asked.User, asked.Channel))
	case "disconnect":
		chosen := centrifuge.DisconnectForceNoReconnect
		if asked.Disconnect.Code > 0 {
			chosen = centrifuge.Disconnect{Code: asked.Disconnect.Code, Reason: asked.Disconnect.Reason}
		}
		return done(a.node.Disconnect(asked.User, centrifuge.WithCustomDisconnect(chosen)))
	case "history_remove":
		return done(a.node.RemoveHistory(asked.Channel))
	case "history":
		return a.history(asked)
	case "presence":
		found, err := a.node.Presence(asked.Channel)
		return object{"presence": found.Presence}, internal(err)
	case "presence_stats":
		found, err := a.node.PresenceStats(asked.Channel)
		return object{"num_clients": found.NumClients, "num_users": found.NumUsers}, internal(err)
	case "batch":
		replies := make([]any, 0, len(asked.Commands))
		for _, command := range asked.Commands {
			result, err := a.publish(command.Publish.Channel, *command.Publish)
			replies = append(replies, object{"publish": result, "error": err})
		}
		return object{"replies": replies}, nil
	}
	return nil, centrifuge.ErrorMethodNotFound
}

func (a api) publish(channel string, asked request) (any, *centrifuge.Error) {
	n, ok := namespaceOf(channel)
	if !ok {
		return nil, centrifuge.ErrorUnknownChannel
	}
	data := []byte(asked.Data)
	if asked.Bytes != nil {
		data = asked.Bytes
	}
	chosen := []centrifuge.PublishOption{centrifuge.WithHistory(n.history, n.kept), centrifuge.WithTags(asked.Tags)}
	if asked.Key != "" {
		chosen = append(chosen, centrifuge.WithIdempotencyKey(asked.Key))
	}
	stored, err := a.node.Publish(channel, data, chosen...)
	return position{stored.Offset, stored.Epoch}, internal(err)
}

func (a api) history(asked request) (any, *centrifuge.Error) {
	filter := centrifuge.HistoryFilter{Limit: asked.Limit, Reverse: asked.Reverse}
	if asked.Since != nil {
		filter.Since = &centrifuge.StreamPosition{Offset: asked.Since.Offset, Epoch: asked.Since.Epoch}
	}
	found, err := a.node.History(asked.Channel, centrifuge.WithHistoryFilter(filter))
	publications := make([]any, 0, len(found.Publications))
	for _, p := range found.Publications {
		publications = append(publications, object{"data": json.RawMessage(p.Data), "offset": p.Offset, "tags": p.Tags})
	}
	return object{"publications": publications, "offset": found.Offset, "epoch": found.Epoch}, internal(err)
}

func done(err error) (any, *centrifuge.Error) {
	return object{}, internal(err)
}

func internal(err error) *centrifuge.Error {
	if err == nil {
		return nil
	}
	if known, ok := err.(*centrifuge.Error); ok {
		return known
	}
	return centrifuge.ErrorInternal
}
