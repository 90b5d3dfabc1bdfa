// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const batchMax = 500

// backend is what the application does behind the clients' backs: over Tideline's own interface, or Centrifugo's server API.
var backend = application{http.Client{Timeout: 10 * time.Second}, map[string]string{}}

type application struct {
	http http.Client
	last map[string]string
}

// publication is one for the backend to publish; data is JSON unless there are bytes.
type publication struct {
	data  any
	bytes []byte
	tags  map[string]string
	key   string
}

func (a *application) publish(channel string, publications ...publication) {
	check(a.tryPublish(channel, publications...) == nil, "publishing failed")
}

func (a *application) tryPublish(channel string, publications ...publication) error {
	for len(publications) > 0 {
		many := min(len(publications), batchMax)
		batch := a.apiBatch
		if native {
			batch = a.nativeBatch
		}
		if err := batch(channel, publications[:many]); err != nil {
			return err
		}
		publications = publications[many:]
	}
	return nil
}

func (a *application) apiBatch(channel string, publications []publication) error {
	commands := make([]object, 0, len(publications))
	for _, p := range publications {
		one := object{"channel": channel, "data": p.data, "tags": p.tags, "idempotency_key": p.key}
		if p.bytes != nil {
			one["b64data"] = p.bytes
		}
		commands = append(commands, object{"publish": one})
	}
	var answer struct {
		Result struct {
			Replies []struct{ Error any }
		}
	}
	if err := a.call("batch", object{"commands": commands}, &answer); err != nil {
		return err
	}
	for _, reply := range answer.Result.Replies {
		if reply.Error != nil {
			return fmt.Errorf("refused: %v", reply.Error)
		}
	}
	return nil
}

func (a *application) nativeBatch(channel string, publications []publication) error {
	items := make([]object, 0, len(publications))
	for _, p := range publications {
		item := object{"channel": channel}
		if p.bytes != nil {
			item["data_base64"] = p.bytes
		} else {
			item["data"] = p.data
		}
		if p.tags != nil {
			item["headers"] = p.tags
		}
		if p.key != "" {
			item["key"] = p.key
		}
		items = append(items, item)
	}
	var answer struct {
		Results []struct {
			Status   int
			Position string
			Error    any
		}
	}
	if err := a.ask("POST", "/v1/messages", "Authorization", "Bearer "+bearer, items, &answer); err != nil {
		return err
	}
	for _, result := range answer.Results {
		if result.Status >= 300 {
			return fmt.Errorf("refused: %v", result.Error)
		}
		a.last[channel] = result.Position
	}
	return nil
}

// forget removes everything that was published to the channel.
func (a *application) forget(channel string) {
	if native {
		path := "/v1/channels/" + channel + "/messages?through=" + url.QueryEscape(a.last[channel])
		check(a.ask("DELETE", path, "Authorization", "Bearer "+bearer, nil, nil) == nil, "forgetting failed")
		return
	}
	a.server("history_remove", object{"channel": channel})
}

func (a *application) unsubscribe(user, channel string) {
	a.server("unsubscribe", object{"user": user, "channel": channel})
}

func (a *application) disconnect(user string, code int, reason string) {
	a.server("disconnect", object{"user": user, "disconnect": object{"code": code, "reason": reason}})
}

func (a *application) server(method string, body object) {
	if apiKey == "" {
		panic(skipped("the backend has no server API for " + method))
	}
	var answer struct{ Error any }
	err := a.call(method, body, &answer)
	check(err == nil && answer.Error == nil, "%s: %v %v", method, err, answer.Error)
}

func (a *application) call(method string, body object, answer any) error {
	return a.ask("POST", "/api/"+method, "X-API-Key", apiKey, body, answer)
}

func (a *application) ask(method, path, header, value string, body, into any) error {
	encoded, _ := json.Marshal(body)
	request, err := http.NewRequest(method, base+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(header, value)
	answer, err := a.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %d %s %v", path, answer.StatusCode, text, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// publishSurely publishes until it is answered; the key makes a repetition harmless.
func (a *application) publishSurely(channel string, p publication) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := a.tryPublish(channel, p)
		if err == nil {
			return
		}
		check(time.Now().Before(deadline), "publishing failed: %v", err)
	}
}
