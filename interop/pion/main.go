// pion-side is one pion PeerConnection that is called by JSON-RPC 2.0, one message a line on standard input and output.
// Built by interop/peers/pion.ts from Debian's Go packages.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"sync"
)

// version is set by the linker: Debian's of golang-github-pion-webrtc.v3-dev.
var version = "unknown"

type request struct {
	ID     *int            `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type response struct {
	Version string      `json:"jsonrpc"`
	ID      *int        `json:"id"`
	Result  interface{} `json:"result,omitempty"`
	Error   *failure    `json:"error,omitempty"`
}

func main() {
	var writing sync.Mutex
	output := json.NewEncoder(os.Stdout)
	peer := &side{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		var call request
		if json.Unmarshal(lines.Bytes(), &call) != nil || call.ID == nil {
			continue
		}
		// Calls wait for the network: each has a goroutine of its own.
		go func() {
			result, err := answer(peer, call)
			reply := response{Version: "2.0", ID: call.ID, Result: result}
			if err != nil {
				reply.Result, reply.Error = nil, &failure{-32000, err.Error()}
			} else if result == nil {
				reply.Result = struct{}{}
			}
			writing.Lock()
			defer writing.Unlock()
			_ = output.Encode(reply)
			if call.Method == "exit" {
				os.Exit(0)
			}
		}()
	}
}

func answer(peer *side, call request) (interface{}, error) {
	switch call.Method {
	case "launch":
		return map[string]string{"version": version}, nil
	case "exit":
		return nil, peer.close()
	case "peer":
		var named struct {
			Name string          `json:"name"`
			Args json.RawMessage `json:"args"`
		}
		if err := json.Unmarshal(call.Params, &named); err != nil {
			return nil, err
		}
		return peer.call(named.Name, named.Args)
	}
	return nil, errors.New("no such method: " + call.Method)
}
