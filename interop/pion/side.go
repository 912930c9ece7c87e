package main

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/pion/webrtc"
)

// side is the connection, with the functions that the run calls on it.
type side struct {
	connection *webrtc.PeerConnection
	exchange   *exchangeSide
	// up is closed when the connection is; down when it failed.
	up, down chan struct{}
}

func (s *side) call(name string, args json.RawMessage) (interface{}, error) {
	if name == "create" {
		var options struct {
			LoopbackOnly bool `json:"loopbackOnly"`
		}
		if err := json.Unmarshal(args, &options); err != nil {
			return nil, err
		}
		return nil, s.create(options.LoopbackOnly)
	}
	if name == "close" {
		return nil, s.close()
	}
	if s.connection == nil {
		return nil, errors.New("there is no connection")
	}
	switch name {
	case "offer":
		return s.offer()
	case "answer", "acceptAnswer":
		var sdp string
		if err := json.Unmarshal(args, &sdp); err != nil {
			return nil, err
		}
		if name == "answer" {
			return s.answer(sdp)
		}
		return nil, s.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
	case "connected":
		select {
		case <-s.up:
			return nil, nil
		case <-s.down:
			return nil, errors.New("the connection failed")
		}
	case "echo", "transfer":
		var wanted exchange
		if err := json.Unmarshal(args, &wanted); err != nil {
			return nil, err
		}
		if name == "echo" {
			return wanted.echo(s.connection)
		}
		return wanted.transfer(s.connection)
	}
	return s.exchange.call(name, args)
}

func (s *side) create(loopback bool) error {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(loopback)
	connection, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return err
	}
	up, down := make(chan struct{}), make(chan struct{})
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			close(up)
		case webrtc.PeerConnectionStateFailed:
			close(down)
		}
	})
	exchange := &exchangeSide{connection: connection, channels: map[string]*tracked{}}
	connection.OnDataChannel(func(channel *webrtc.DataChannel) {
		if strings.HasPrefix(channel.Label(), "take") {
			exchange.adopt(channel)
		} else {
			adopt(channel)
		}
	})
	s.exchange = exchange
	s.connection, s.up, s.down = connection, up, down
	return nil
}

func (s *side) offer() (string, error) {
	if _, err := s.connection.CreateDataChannel("first", nil); err != nil {
		return "", err
	}
	offer, err := s.connection.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	return s.describe(offer)
}

func (s *side) answer(sdp string) (string, error) {
	if err := s.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
		return "", err
	}
	answer, err := s.connection.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	return s.describe(answer)
}

// describe sets the description and returns it once it names every candidate.
func (s *side) describe(description webrtc.SessionDescription) (string, error) {
	gathered := webrtc.GatheringCompletePromise(s.connection)
	if err := s.connection.SetLocalDescription(description); err != nil {
		return "", err
	}
	<-gathered
	return s.connection.LocalDescription().SDP, nil
}

func (s *side) close() error {
	if s.connection == nil {
		return nil
	}
	// Its DTLS may have been closed by the other side before: it reports that, and is closed all the same.
	_ = s.connection.Close()
	s.connection = nil
	return nil
}
