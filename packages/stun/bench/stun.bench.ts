import { type Bench, type StunFixture, stunPeers } from '@hawser/bench';
import { HmacSha1, HmacSha256, Verdict } from '@hawser/wire';
import { StunClass, StunMethod, StunReader, StunWriter, shortTermKey, TransactionTable } from '../src/index.ts';

const password = 'VOkJxbRl1RmTxUk/WvJxBt';
const username = 'evtj:h6vYabcd';
const priority = 1_845_501_695;
const tieBreakerHigh = 0x932ff9b1;
const tieBreakerLow = 0x51263b36;
const transactionId = Uint8Array.from({ length: 12 }, (_, i) => 0xb7 ^ (i * 29));
const key = shortTermKey(password);
const keyBytes = new TextEncoder().encode(password);
const sha256Key = new HmacSha256(keyBytes);
const out = new Uint8Array(512);
const reader = new StunReader();
const writer = new StunWriter();

function encode(): number {
  writer.begin(out, 0, out.length, StunClass.request, StunMethod.binding, transactionId, 0);
  writer.username(username);
  writer.priority(priority);
  writer.iceControlling(tieBreakerHigh, tieBreakerLow);
  return writer.finish();
}

function sign(): number {
  writer.begin(out, 0, out.length, StunClass.request, StunMethod.binding, transactionId, 0);
  writer.username(username);
  writer.priority(priority);
  writer.iceControlling(tieBreakerHigh, tieBreakerLow);
  writer.integrity(key);
  writer.fingerprint();
  return writer.finish();
}

function sealSha256(): number {
  writer.begin(out, 0, out.length, StunClass.request, StunMethod.binding, transactionId, 0);
  writer.username(username);
  writer.priority(priority);
  writer.iceControlling(tieBreakerHigh, tieBreakerLow);
  writer.integritySha256(sha256Key);
  return writer.finish();
}

const plain = out.slice(0, encode());
const signed = out.slice(0, sign());
const sealedSha256 = out.slice(0, sealSha256());
const tieBreaker = new Uint8Array(8);
new DataView(tieBreaker.buffer).setUint32(0, tieBreakerHigh);
new DataView(tieBreaker.buffer).setUint32(4, tieBreakerLow);
const fixture: StunFixture = { plain, signed, transactionId, username, priority, tieBreaker, password };

/** Reads the header and every attribute; the sum keeps the work from being optimised away. */
function decode(bytes: Uint8Array): number {
  if (reader.parse(bytes, 0, bytes.length) !== Verdict.consumed) throw new Error('the fixture does not parse');
  let sum = reader.method;
  for (let more = reader.first(); more; more = reader.next()) sum += reader.type + reader.valueLength;
  return sum;
}

function verify(bytes: Uint8Array, hmac: HmacSha1): void {
  decode(bytes);
  if (!reader.verifyIntegrity(hmac) || !reader.verifyFingerprint()) throw new Error('the fixture does not verify');
}

const table = new TransactionTable();
for (let other = 1; other < 100; other++) {
  table.start(0, Uint8Array.of(other, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 0);
}

let sink = 0;
const times = (body: () => unknown) => (iterations: number) => {
  for (let i = 0; i < iterations; i++) body();
};

/** At most 1.6 times pion's time, and five times as fast as werift, in the same run. */
const WITH_INTEGRITY = {
  all: [
    { peer: 'pion', times: 1 / 1.6 },
    { peer: 'werift', times: 5 },
  ],
} as const;

/** A Binding request as ICE sends it: USERNAME, PRIORITY, ICE-CONTROLLING; `signed` with integrity and fingerprint. */
export const benches: Bench[] = [
  {
    name: 'stun',
    cases: [
      {
        name: 'decode, walk all attributes',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => {
          sink = (sink + decode(plain)) | 0;
        }),
        target: { peer: 'werift', times: 10 },
        allocation: { atMost: 0 },
        peers: stunPeers('decode', fixture),
      },
      {
        name: 'decode, check integrity and fingerprint',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => verify(signed, key)),
        target: WITH_INTEGRITY,
        allocation: { atMost: 0 },
        peers: stunPeers('verify', fixture),
      },
      {
        name: 'the same, key hashed at every call',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => verify(signed, new HmacSha1(keyBytes))),
      },
      {
        name: 'encode',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(encode),
        target: { peer: 'werift', times: 10 },
        allocation: { atMost: 0 },
        peers: stunPeers('encode', fixture),
      },
      {
        name: 'encode with integrity and fingerprint',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(sign),
        target: WITH_INTEGRITY,
        allocation: { atMost: 0 },
        peers: stunPeers('sign', fixture),
      },
      {
        name: 'decode, check SHA-256 integrity',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => {
          decode(sealedSha256);
          if (!reader.verifyIntegritySha256(sha256Key)) throw new Error('the fixture does not verify');
        }),
        allocation: { atMost: 0 },
      },
      {
        name: 'encode with SHA-256 integrity',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(sealSha256),
        allocation: { atMost: 0 },
      },
      {
        name: 'transaction: start, find, complete among 100',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(() => {
          table.start(0, transactionId, 0);
          table.complete(table.find(signed, 8), 20);
        }),
        allocation: { atMost: 0 },
      },
    ],
  },
];
