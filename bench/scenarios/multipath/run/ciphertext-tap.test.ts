import { type Datagram, Pipe, SeededRandom, VirtualClock } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { CiphertextTap } from './ciphertext-tap.ts';

function send(tap: CiphertextTap, path: number, ...packets: number[][]): void {
  const pipe = new Pipe<Datagram>(new VirtualClock(), new SeededRandom(1), {}, () => {});
  tap.watch(pipe, path);
  for (const head of packets) {
    const bytes = new Uint8Array(100);
    bytes.set(head);
    pipe.send({ bytes, source: 'a', sourcePort: 1, destination: 'b', destinationPort: 2 });
  }
}

const record = (number: number) => [23, 254, 253, 0, 1, 0, 0, 0, 0, 0, number];
const rtp = (sequence: number, timestamp = 1) => [0x90, 111, 0, sequence, 0, 0, 0, timestamp];
const HANDSHAKE = [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1];
const CHECK = [0, 1, 0, 80];
const RTCP = [0x80, 200, 0, 6];

describe('copies of a ciphertext', () => {
  it('are known by the record number, or by sequence number and timestamp', () => {
    const tap = new CiphertextTap();
    send(tap, 0, record(1), record(2), rtp(1), rtp(2), rtp(1, 2));
    send(tap, 1, record(2), rtp(2), record(2));
    expect(tap).toMatchObject({ packets: 8, bytes: 800, firstBytes: 500, repeatedBytes: 300 });
  });

  it('are not looked for in handshakes, checks and RTCP', () => {
    const tap = new CiphertextTap();
    send(tap, 0, HANDSHAKE, HANDSHAKE, CHECK, CHECK, RTCP, RTCP);
    expect(tap).toMatchObject({ packets: 6, firstBytes: 0, repeatedBytes: 0 });
  });

  it('whoever waits for data hears by which path it leaves', () => {
    const tap = new CiphertextTap();
    const heard: number[] = [];
    tap.onData = (path) => heard.push(path);
    send(tap, 0, CHECK, record(1));
    send(tap, 1, record(1));
    expect(heard).toEqual([0, 1]);
  });
});
