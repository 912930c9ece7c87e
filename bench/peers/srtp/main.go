// pion-srtp-bench times pion's SRTP for the bench runner. It reads one question per line and answers with one line:
//
//	version <operation>                       the version of the module
//	srtp-protect <ms> <profile> <bytes>       nanoseconds per packet of so many bytes of payload, timed for so many ms
//	srtp-unprotect <ms> <profile> <bytes>     the same; the packets are protected beforehand, 256 at a time, untimed
//
// Profiles are DTLS-SRTP's numbers. pion checks no replays unless it is asked to: it is asked to, for 1 024 packets.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/pion/srtp/v2"
)

const batch = 256

// version is set by the linker: the Debian version of golang-github-pion-srtp.v2-dev.
var version = "unknown"

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var operation string
		var ms, profile, size int
		if n, _ := fmt.Sscan(lines.Text(), &operation, &ms, &profile, &size); n != 4 {
			fmt.Println(version)
			continue
		}
		ns, err := measure(operation == "srtp-unprotect", ms, srtp.ProtectionProfile(profile), size)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(ns)
	}
}

func context(profile srtp.ProtectionProfile) (*srtp.Context, error) {
	salt := 14
	if profile == srtp.ProtectionProfileAeadAes128Gcm {
		salt = 12
	}
	key := make([]byte, 16+salt)
	for i := range key {
		key[i] = byte(17 * i)
	}
	return srtp.CreateContext(key[:16], key[16:], profile, srtp.SRTPReplayProtection(1024))
}

func measure(opening bool, ms int, profile srtp.ProtectionProfile, size int) (float64, error) {
	sender, err := context(profile)
	if err != nil {
		return 0, err
	}
	receiver, err := context(profile)
	if err != nil {
		return 0, err
	}
	plain := make([]byte, 12+size)
	copy(plain, []byte{0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9})
	sealed := make([][]byte, batch)
	for i := range sealed {
		sealed[i] = make([]byte, 0, 2048)
	}
	opened := make([]byte, 0, 2048)
	var spent time.Duration
	count, sequence := 0, 0
	for spent < time.Duration(ms)*time.Millisecond {
		start := time.Now()
		for i := range sealed {
			plain[2], plain[3] = byte(sequence>>8), byte(sequence)
			sequence++
			if sealed[i], err = sender.EncryptRTP(sealed[i][:0], plain, nil); err != nil {
				return 0, err
			}
		}
		if opening {
			start = time.Now()
			for i := range sealed {
				if _, err = receiver.DecryptRTP(opened, sealed[i], nil); err != nil {
					return 0, err
				}
			}
		}
		spent += time.Since(start)
		count += batch
	}
	return float64(spent.Nanoseconds()) / float64(count), nil
}
