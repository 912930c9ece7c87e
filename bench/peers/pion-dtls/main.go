// pion-dtls does whole handshakes of pion's DTLS for the bench runner, client and server in this process with a pipe between
// them. It reads one question per line and answers with one line:
//
//	version dtls-handshake        the version of the pion module
//	dtls-handshake <ms>           nanoseconds of processor time per handshake, both sides, over at least that many ms
//
// Built by bench/peers/setup from Debian's Go packages.
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pion/dtls/v2"
)

// version is set by the linker: the Debian version of golang-github-pion-dtls.v2-dev.
var version = "unknown"

func main() {
	certificates := [2]tls.Certificate{newCertificate(), newCertificate()}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 2 && words[0] == "version" {
			fmt.Println(version)
			continue
		}
		ns, err := answer(words, certificates)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(ns)
	}
}

func answer(words []string, certificates [2]tls.Certificate) (float64, error) {
	if len(words) < 2 || words[0] != "dtls-handshake" {
		return 0, fmt.Errorf("no such operation")
	}
	ms, err := strconv.Atoi(words[1])
	if err != nil {
		return 0, err
	}
	count := 0
	begin, used := time.Now(), processorTime()
	for time.Since(begin) < time.Duration(ms)*time.Millisecond {
		if err := handshake(certificates); err != nil {
			return 0, err
		}
		count++
	}
	return float64((processorTime() - used).Nanoseconds()) / float64(count), nil
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// What a WebRTC connection asks for: both certificates, extended master secret, use_srtp.
func config(certificate tls.Certificate) *dtls.Config {
	return &dtls.Config{
		Certificates:           []tls.Certificate{certificate},
		CipherSuites:           []dtls.CipherSuiteID{dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		ClientAuth:             dtls.RequireAnyClientCert,
		InsecureSkipVerify:     true,
		ExtendedMasterSecret:   dtls.RequireExtendedMasterSecret,
		SRTPProtectionProfiles: []dtls.SRTPProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_80},
	}
}

func handshake(certificates [2]tls.Certificate) error {
	left, right := pipe()
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		server, err := dtls.ServerWithContext(limit, right, config(certificates[1]))
		if err == nil {
			defer server.Close()
		}
		served <- err
	}()
	client, err := dtls.ClientWithContext(limit, left, config(certificates[0]))
	if err != nil {
		return err
	}
	defer client.Close()
	return <-served
}

func newCertificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "WebRTC"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// end is one side of a pipe that keeps datagrams apart.
type end struct {
	in, out chan []byte
	closed  chan struct{}
	once    sync.Once
}

func pipe() (net.Conn, net.Conn) {
	one, two := make(chan []byte, 64), make(chan []byte, 64)
	return &end{in: one, out: two, closed: make(chan struct{})}, &end{in: two, out: one, closed: make(chan struct{})}
}

func (e *end) Read(into []byte) (int, error) {
	select {
	case datagram := <-e.in:
		return copy(into, datagram), nil
	case <-e.closed:
		return 0, io.EOF
	}
}

func (e *end) Write(from []byte) (int, error) {
	select {
	case e.out <- append([]byte(nil), from...):
	default: // nobody reads any more
	}
	return len(from), nil
}

func (e *end) Close() error {
	e.once.Do(func() { close(e.closed) })
	return nil
}

func (e *end) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (e *end) RemoteAddr() net.Addr             { return &net.UDPAddr{} }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }
