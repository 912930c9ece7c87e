package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc"
)

// The functions of ExchangeSide: what each does is said in interop/exchange/side.d.ts.

// blockBytes is after how many the pseudo-random bytes begin again; step is how far messages are apart in them.
const blockBytes, step = 65537, 251

// exchangeHighWaterBytes in pion's queue make a sender wait: it is fastest with few.
const exchangeHighWaterBytes = 65536

// block is there twice, so that every message is one piece of it.
var block = bytes.Repeat(pattern(blockBytes, 7), 2)

// message is message number of size bytes.
func message(number, size int) []byte {
	at := number * step % blockBytes
	out := append([]byte(nil), block[at:at+size]...)
	binary.BigEndian.PutUint32(out, uint32(number))
	return out
}

// tracked is a channel of either side's making, and what came by it.
type tracked struct {
	channel  *webrtc.DataChannel
	opened   chan struct{}
	closed   chan struct{}
	lock     sync.Mutex
	digest   hash.Hash
	taken    takenReport
	from, to time.Time
}

type takenReport struct {
	Messages int      `json:"messages"`
	Bytes    int      `json:"bytes"`
	Shortest int      `json:"shortest"`
	Longest  int      `json:"longest"`
	Seconds  float64  `json:"seconds"`
	SHA256   string   `json:"sha256"`
	Numbers  []uint32 `json:"numbers"`
}

type progressReport struct {
	Channels int `json:"channels"`
	Closed   int `json:"closed"`
	Messages int `json:"messages"`
}

type sentReport struct {
	Sent    int    `json:"sent"`
	Stopped string `json:"stopped"`
}

// exchangeSide keeps the channels of one connection by label.
type exchangeSide struct {
	connection *webrtc.PeerConnection
	lock       sync.Mutex
	channels   map[string]*tracked
}

// exchangeCall is what the functions are asked with; each uses its part.
type exchangeCall struct {
	Labels  []string `json:"labels"`
	Label   string   `json:"label"`
	Prefix  string   `json:"prefix"`
	Count   int      `json:"count"`
	Bytes   int      `json:"bytes"`
	PaceMs  int      `json:"paceMs"`
	Bounded bool     `json:"bounded"`
	Numbers bool     `json:"numbers"`
	Options struct {
		Ordered           *bool   `json:"ordered"`
		MaxRetransmits    *uint16 `json:"maxRetransmits"`
		MaxPacketLifeTime *uint16 `json:"maxPacketLifeTime"`
	} `json:"options"`
}

func (e *exchangeSide) call(name string, args json.RawMessage) (interface{}, error) {
	var wanted exchangeCall
	if err := json.Unmarshal(args, &wanted); err != nil {
		return nil, err
	}
	switch name {
	case "openChannels":
		return e.open(wanted)
	case "sendMessages":
		return e.send(wanted)
	case "progress":
		return e.progress(wanted.Prefix), nil
	case "taken":
		return e.take(wanted.Label, wanted.Numbers)
	case "closeChannels":
		return nil, e.close(wanted.Labels)
	}
	return nil, fmt.Errorf("no function %s", name)
}

func (e *exchangeSide) track(channel *webrtc.DataChannel) *tracked {
	t := &tracked{channel: channel, opened: make(chan struct{}), closed: make(chan struct{}), digest: sha256.New()}
	var once sync.Once
	channel.OnOpen(func() { close(t.opened) })
	channel.OnClose(func() { once.Do(func() { close(t.closed) }) })
	e.lock.Lock()
	defer e.lock.Unlock()
	e.channels[channel.Label()] = t
	return t
}

func (e *exchangeSide) find(label string) (*tracked, error) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if t := e.channels[label]; t != nil {
		return t, nil
	}
	return nil, errors.New("no channel " + label)
}

// adopt takes in what comes by a channel of the other side.
func (e *exchangeSide) adopt(channel *webrtc.DataChannel) {
	t := e.track(channel)
	channel.OnMessage(func(came webrtc.DataChannelMessage) {
		t.lock.Lock()
		defer t.lock.Unlock()
		t.to = time.Now()
		size := len(came.Data)
		if t.taken.Messages == 0 {
			t.from, t.taken.Shortest = t.to, size
		}
		t.taken.Messages++
		t.taken.Bytes += size
		if size < t.taken.Shortest {
			t.taken.Shortest = size
		}
		if size > t.taken.Longest {
			t.taken.Longest = size
		}
		if size >= 4 {
			t.taken.Numbers = append(t.taken.Numbers, binary.BigEndian.Uint32(came.Data))
		}
		_, _ = t.digest.Write(came.Data)
	})
}

func (e *exchangeSide) open(wanted exchangeCall) ([]uint16, error) {
	options := &webrtc.DataChannelInit{
		Ordered:           wanted.Options.Ordered,
		MaxRetransmits:    wanted.Options.MaxRetransmits,
		MaxPacketLifeTime: wanted.Options.MaxPacketLifeTime,
	}
	opening := make([]*tracked, 0, len(wanted.Labels))
	for _, label := range wanted.Labels {
		channel, err := e.connection.CreateDataChannel(label, options)
		if err != nil {
			return nil, err
		}
		opening = append(opening, e.track(channel))
	}
	ids := make([]uint16, 0, len(opening))
	for _, t := range opening {
		<-t.opened
		ids = append(ids, *t.channel.ID())
	}
	return ids, nil
}

func (e *exchangeSide) send(wanted exchangeCall) (sentReport, error) {
	for number := 0; number < wanted.Count; number++ {
		for _, label := range wanted.Labels {
			t, err := e.find(label)
			if err != nil {
				return sentReport{}, err
			}
			for wanted.Bounded && t.channel.BufferedAmount() > exchangeHighWaterBytes && isOpen(t.channel) {
				time.Sleep(200 * time.Microsecond)
			}
			if !isOpen(t.channel) {
				return sentReport{number, t.channel.ReadyState().String()}, nil
			}
			if err := t.channel.Send(message(number, wanted.Bytes)); err != nil {
				return sentReport{number, err.Error()}, nil
			}
		}
		time.Sleep(time.Duration(wanted.PaceMs) * time.Millisecond)
	}
	return sentReport{wanted.Count, ""}, nil
}

func isOpen(channel *webrtc.DataChannel) bool {
	return channel.ReadyState() == webrtc.DataChannelStateOpen
}

func (e *exchangeSide) progress(prefix string) progressReport {
	e.lock.Lock()
	defer e.lock.Unlock()
	var found progressReport
	for label, t := range e.channels {
		if !strings.HasPrefix(label, prefix) {
			continue
		}
		found.Channels++
		select {
		case <-t.closed:
			found.Closed++
		default:
		}
		t.lock.Lock()
		found.Messages += t.taken.Messages
		t.lock.Unlock()
	}
	return found
}

func (e *exchangeSide) take(label string, numbers bool) (takenReport, error) {
	t, err := e.find(label)
	if err != nil {
		return takenReport{}, err
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	report := t.taken
	report.Seconds = t.to.Sub(t.from).Seconds()
	report.SHA256 = hex.EncodeToString(t.digest.Sum(nil))
	if !numbers || report.Numbers == nil {
		report.Numbers = []uint32{}
	}
	return report, nil
}

func (e *exchangeSide) close(labels []string) error {
	closing := make([]*tracked, 0, len(labels))
	for _, label := range labels {
		t, err := e.find(label)
		if err != nil {
			return err
		}
		if err := t.channel.Close(); err != nil {
			return err
		}
		closing = append(closing, t)
	}
	for _, t := range closing {
		<-t.closed
	}
	return nil
}
