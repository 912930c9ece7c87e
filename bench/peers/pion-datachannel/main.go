// pion-datachannel is pion's side of the data channel bench; what it says and hears stands in
// bench/peers/datachannel/side.ts. Built by bench/peers/setup from Debian's Go packages.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc"
)

const (
	settle           = time.Second
	window           = 2 * time.Second
	warmUpRoundTrips = 6000
	roundTrips       = 1000
)

// version is set by the linker: Debian's of golang-github-pion-webrtc.v3-dev.
var version = "unknown"

var (
	role, mode                   string
	messageBytes, highWaterBytes int
	writing                      sync.Mutex
)

type report map[string]interface{}

func say(what report) {
	writing.Lock()
	defer writing.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(what)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) < 5 {
		fmt.Println(version)
		return
	}
	role, mode = os.Args[1], os.Args[2]
	messageBytes, _ = strconv.Atoi(os.Args[3])
	highWaterBytes, _ = strconv.Atoi(os.Args[4])
	begun := time.Now()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	connection, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	must(err)
	use := func(channel *webrtc.DataChannel) {
		channel.OnOpen(func() {
			say(report{"open": float64(time.Since(begun).Microseconds()) / 1000})
			run(channel)
		})
	}
	if role == "send" {
		channel, err := connection.CreateDataChannel("bench", nil)
		must(err)
		use(channel)
		offer, err := connection.CreateOffer(nil)
		must(err)
		describe(connection, offer)
	} else {
		connection.OnDataChannel(use)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		var heard struct {
			Signal webrtc.SessionDescription `json:"signal"`
		}
		must(json.Unmarshal(lines.Bytes(), &heard))
		must(connection.SetRemoteDescription(heard.Signal))
		if heard.Signal.Type == webrtc.SDPTypeOffer {
			answer, err := connection.CreateAnswer(nil)
			must(err)
			describe(connection, answer)
		}
	}
}

// describe sets the description and tells it once it names every candidate.
func describe(connection *webrtc.PeerConnection, description webrtc.SessionDescription) {
	gathered := webrtc.GatheringCompletePromise(connection)
	must(connection.SetLocalDescription(description))
	<-gathered
	say(report{"signal": connection.LocalDescription()})
}

func run(channel *webrtc.DataChannel) {
	switch {
	case mode == "ping":
		ping(channel)
	case role == "send":
		pour(channel)
	default:
		count(channel)
	}
}

func pour(channel *webrtc.DataChannel) {
	// It cannot receive a message of 65 536 bytes.
	size := messageBytes
	if size > 65535 {
		size = 65535
	}
	message := []byte(strings.Repeat("\x01", size))
	low := make(chan struct{}, 1)
	channel.SetBufferedAmountLowThreshold(uint64(highWaterBytes / 4))
	channel.OnBufferedAmountLow(func() {
		select {
		case low <- struct{}{}:
		default:
		}
	})
	for {
		for channel.BufferedAmount() < uint64(highWaterBytes) {
			must(channel.Send(message))
		}
		<-low
	}
}

func count(channel *webrtc.DataChannel) {
	var messages, size int64
	var once sync.Once
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		atomic.AddInt64(&messages, 1)
		atomic.AddInt64(&size, int64(len(message.Data)))
		once.Do(func() {
			go func() {
				time.Sleep(settle)
				from, fromSize, since := atomic.LoadInt64(&messages), atomic.LoadInt64(&size), time.Now()
				say(report{"begin": true})
				time.Sleep(window)
				say(report{"end": report{
					"messages": atomic.LoadInt64(&messages) - from,
					"bytes":    atomic.LoadInt64(&size) - fromSize,
					"ms":       float64(time.Since(since).Microseconds()) / 1000,
				}})
			}()
		})
	})
}

func ping(channel *webrtc.DataChannel) {
	message := make([]byte, messageBytes)
	if role == "receive" {
		channel.OnMessage(func(webrtc.DataChannelMessage) { must(channel.Send(message)) })
		return
	}
	var times []float64
	var sent time.Time
	rounds := 0
	channel.OnMessage(func(webrtc.DataChannelMessage) {
		rounds++
		if rounds > warmUpRoundTrips {
			times = append(times, float64(time.Since(sent).Nanoseconds())/1000)
		}
		if len(times) < roundTrips {
			sent = time.Now()
			must(channel.Send(message))
			return
		}
		sort.Float64s(times)
		say(report{"roundTrips": report{"p50": times[roundTrips/2], "p99": times[roundTrips*99/100]}})
	})
	sent = time.Now()
	must(channel.Send(message))
}
