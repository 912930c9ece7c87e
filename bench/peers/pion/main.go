// pion-bench times operations of pion for the bench runner. It reads one question per line and answers with one line:
//
//	version <operation>                 the version of the pion module
//	<operation> <ms> <operand...>       nanoseconds per operation, timed for that many ms
//
// Built by bench/peers/setup from Debian's Go packages.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun"
)

// stunVersion is set by the linker: the Debian version of golang-github-pion-stun-dev.
var stunVersion = "unknown"

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 2 && words[0] == "version" {
			fmt.Println(stunVersion)
			continue
		}
		ns, err := answer(words)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(ns)
	}
}

func answer(words []string) (float64, error) {
	if len(words) < 2 {
		return 0, fmt.Errorf("no operation")
	}
	ms, err := strconv.Atoi(words[1])
	if err != nil {
		return 0, err
	}
	operation, err := stunOperation(words[0], words[2:])
	if err != nil {
		return 0, err
	}
	if err := operation(); err != nil {
		return 0, err
	}
	return measure(operation, time.Duration(ms)*time.Millisecond), nil
}

func measure(operation func() error, want time.Duration) float64 {
	for count := 1; ; count *= 2 {
		begin := time.Now()
		for i := 0; i < count; i++ {
			_ = operation()
		}
		if took := time.Since(begin); took >= want {
			return float64(took.Nanoseconds()) / float64(count)
		}
	}
}

// operands: plain, signed, transaction id, tie-breaker (all hex), priority, username, password
func stunOperation(name string, operands []string) (func() error, error) {
	if len(operands) != 7 {
		return nil, fmt.Errorf("%s wants 7 operands, not %d", name, len(operands))
	}
	var raw [4][]byte
	for i := range raw {
		decoded, err := hex.DecodeString(operands[i])
		if err != nil {
			return nil, err
		}
		raw[i] = decoded
	}
	plain, signed, tieBreaker := raw[0], raw[1], raw[3]
	var id [stun.TransactionIDSize]byte
	copy(id[:], raw[2])
	priority, err := strconv.ParseUint(operands[4], 10, 32)
	if err != nil {
		return nil, err
	}
	username, integrity := stun.NewUsername(operands[5]), stun.NewShortTermIntegrity(operands[6])
	message := new(stun.Message)
	decode := func(input []byte) error {
		message.Raw = append(message.Raw[:0], input...)
		return message.Decode()
	}
	build := func() error {
		message.Reset()
		message.TransactionID = id
		message.SetType(stun.BindingRequest)
		message.WriteHeader()
		if err := username.AddTo(message); err != nil {
			return err
		}
		message.Add(stun.AttrPriority, []byte{byte(priority >> 24), byte(priority >> 16), byte(priority >> 8), byte(priority)})
		message.Add(stun.AttrICEControlling, tieBreaker)
		return nil
	}
	switch name {
	case "stun-decode":
		return func() error { return decode(plain) }, nil
	case "stun-verify":
		return func() error {
			if err := decode(signed); err != nil {
				return err
			}
			if err := integrity.Check(message); err != nil {
				return err
			}
			return stun.Fingerprint.Check(message)
		}, nil
	case "stun-encode":
		return build, expect(build, message, plain)
	case "stun-sign":
		sign := func() error {
			if err := build(); err != nil {
				return err
			}
			if err := integrity.AddTo(message); err != nil {
				return err
			}
			return stun.Fingerprint.AddTo(message)
		}
		return sign, expect(sign, message, signed)
	}
	return nil, fmt.Errorf("no operation %s", name)
}

// expect refuses an operation that does not write the fixture's bytes: the comparison would be void.
func expect(operation func() error, message *stun.Message, want []byte) error {
	if err := operation(); err != nil {
		return err
	}
	if !bytes.Equal(message.Raw, want) {
		return fmt.Errorf("wrote %x, not %x", message.Raw, want)
	}
	return nil
}
