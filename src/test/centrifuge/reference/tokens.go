// SPDX-License-Identifier: Apache-2.0
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

var (
	errInvalid = errors.New("invalid token")
	errExpired = errors.New("expired token")
)

// claims are those of connection and subscription tokens; channel is of the latter, channels of the former.
type claims struct {
	Subject  string          `json:"sub"`
	Expires  int64           `json:"exp"`
	Info     json.RawMessage `json:"info"`
	Channel  string          `json:"channel"`
	Channels []string        `json:"channels"`
}

// tokens verifies JSON Web Tokens that are signed with HS256 (RFC 7515, 7518).
type tokens struct {
	secret []byte
}

func (t tokens) verify(token string) (claims, error) {
	var read claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !t.signed(parts) || decode(parts[1], &read) != nil {
		return claims{}, errInvalid
	}
	if read.Expires > 0 && read.Expires <= time.Now().Unix() {
		return claims{}, errExpired
	}
	return read, nil
}

func (t tokens) signed(parts []string) bool {
	var header struct {
		Algorithm string `json:"alg"`
	}
	given, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || decode(parts[0], &header) != nil || header.Algorithm != "HS256" {
		return false
	}
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(parts[0] + "." + parts[1]))
	return hmac.Equal(given, mac.Sum(nil))
}

func decode(part string, into any) error {
	bytes, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(bytes, into)
}
