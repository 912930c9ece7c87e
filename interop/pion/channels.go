package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pion/webrtc"
)

// highWaterBytes in pion's queue make a transfer wait.
const highWaterBytes = 500_000

// exchange is what echo and transfer are asked for.
type exchange struct {
	Label        string `json:"label"`
	Sizes        []int  `json:"sizes"`
	Bytes        int    `json:"bytes"`
	MessageBytes int    `json:"messageBytes"`
}

type echoed struct {
	OK       bool `json:"ok"`
	Compared int  `json:"compared"`
}

type transferred struct {
	OK      bool    `json:"ok"`
	Seconds float64 `json:"seconds"`
	Bytes   int     `json:"bytes"`
}

// report is what a taker of bytes says of them.
type report struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// echo sends messages of each size, as bytes and as text, and compares what comes back.
func (e exchange) echo(connection *webrtc.PeerConnection) (echoed, error) {
	channel, messages, err := open(connection, e.Label)
	if err != nil {
		return echoed{}, err
	}
	compared := 0
	for _, size := range e.Sizes {
		data := pattern(size, uint32(size)+1)
		if err := channel.Send(data); err != nil {
			return echoed{}, err
		}
		if back := <-messages; back.IsString || !bytes.Equal(back.Data, data) {
			return echoed{false, compared}, nil
		}
		text := strings.Repeat("ü", size/2)
		if err := channel.SendText(text); err != nil {
			return echoed{}, err
		}
		if back := <-messages; !back.IsString || string(back.Data) != text {
			return echoed{false, compared + 1}, nil
		}
		compared += 2
	}
	return echoed{true, compared}, channel.Close()
}

// transfer sends bytes in messages and compares the digest that the other side made of them.
func (e exchange) transfer(connection *webrtc.PeerConnection) (transferred, error) {
	channel, messages, err := open(connection, e.Label)
	if err != nil {
		return transferred{}, err
	}
	whole := pattern(e.Bytes, 7)
	startedAt := time.Now()
	for at := 0; at < len(whole); at += e.MessageBytes {
		for channel.BufferedAmount() > highWaterBytes {
			time.Sleep(time.Millisecond)
		}
		end := at + e.MessageBytes
		if end > len(whole) {
			end = len(whole)
		}
		if err := channel.Send(whole[at:end]); err != nil {
			return transferred{}, err
		}
	}
	if err := channel.SendText("end"); err != nil {
		return transferred{}, err
	}
	var taken report
	if err := json.Unmarshal((<-messages).Data, &taken); err != nil {
		return transferred{}, err
	}
	digest := sha256.Sum256(whole)
	same := taken.Bytes == e.Bytes && taken.SHA256 == hex.EncodeToString(digest[:])
	return transferred{same, time.Since(startedAt).Seconds(), taken.Bytes}, nil
}

// open makes a channel and waits until it is open; its messages come by the Go channel.
func open(connection *webrtc.PeerConnection, label string) (*webrtc.DataChannel, <-chan webrtc.DataChannelMessage, error) {
	channel, err := connection.CreateDataChannel(label, nil)
	if err != nil {
		return nil, nil, err
	}
	opened, messages := make(chan struct{}), make(chan webrtc.DataChannelMessage, 64)
	channel.OnOpen(func() { close(opened) })
	channel.OnMessage(func(message webrtc.DataChannelMessage) { messages <- message })
	select {
	case <-opened:
		return channel, messages, nil
	case <-time.After(10 * time.Second):
		return nil, nil, errors.New("the channel did not open")
	}
}

// adopt echoes a channel of the other side, or takes its bytes in until a text says that was all.
func adopt(channel *webrtc.DataChannel) {
	if !strings.HasPrefix(channel.Label(), "sink") {
		channel.OnMessage(func(message webrtc.DataChannelMessage) {
			if message.IsString {
				_ = channel.SendText(string(message.Data))
			} else {
				_ = channel.Send(message.Data)
			}
		})
		return
	}
	digest, taken := sha256.New(), 0
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		if !message.IsString {
			_, _ = digest.Write(message.Data)
			taken += len(message.Data)
			return
		}
		text, _ := json.Marshal(report{taken, hex.EncodeToString(digest.Sum(nil))})
		_ = channel.SendText(string(text))
	})
}

// pattern makes pseudo-random bytes that both sides can make: the low octets of xorshift32.
func pattern(size int, x uint32) []byte {
	out := make([]byte, size)
	for i := range out {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out[i] = byte(x)
	}
	return out
}
