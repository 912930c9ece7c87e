import { createHmac } from 'node:crypto';
import type { Bench } from '@hawser/bench';
import { Cursor, crc32, crc32c, equalBytes, FlowTable, HmacSha1, TimerTable, Writer } from '../src/index.ts';

const packet = Uint8Array.from({ length: 1200 }, (_, i) => i * 7);
const key = Uint8Array.from({ length: 24 }, (_, i) => i);
const hmac = new HmacSha1(key);
const tag = new Uint8Array(20);
const cursor = new Cursor();
const writer = new Writer();
const flows = new FlowTable();
const timers = new TimerTable(8);
for (let port = 1; port <= 64; port++) flows.intern(0, '192.0.2.1', port);

let sink = 0;
const times = (body: () => number) => (iterations: number) => {
  for (let i = 0; i < iterations; i++) sink = (sink + body()) | 0;
};

/** The reference beside our HMAC: what a call into the platform's cryptography costs for a short message. */
const platformHmac = (): number => createHmac('sha1', key).update(packet.subarray(0, 100)).digest()[0];

const ours = (name: string, body: () => number) => ({
  name,
  unit: 'ns/op' as const,
  lowerIsBetter: true,
  fn: times(body),
  allocation: { atMost: 0 },
});

export const benches: Bench[] = [
  {
    name: 'wire',
    cases: [
      // 1.5 GB/s.
      { ...ours('CRC-32C of 1200 bytes', () => crc32c(packet, 0, 1200)), target: { value: 800 } },
      ours('CRC-32 of 100 bytes', () => crc32(packet, 0, 100)),
      {
        ...ours('HMAC-SHA1 of 100 bytes', () => {
          hmac.digestInto(packet, 0, 100, tag, 0);
          return tag[0];
        }),
        peers: { 'node:crypto': { version: process.versions.node, fn: times(platformHmac) } },
      },
      ours('equalBytes of 20', () => (equalBytes(tag, 0, tag, 0, 20) ? 1 : 0)),
      ours('Cursor: reset and five reads', () => {
        cursor.reset(packet, 4, 14);
        return (cursor.u8() + cursor.u16() + cursor.u24() + cursor.u32() + cursor.u32()) | 0;
      }),
      ours('Writer: reset, five writes, a patch', () => {
        writer.reset(tag, 0, 14);
        writer.u8(1);
        const at = writer.reserve(2);
        writer.u24(3);
        writer.u32(4);
        writer.u32(5);
        writer.patchU16(at, 2);
        return writer.finish();
      }),
      ours('FlowTable: a known source among 64', () => flows.intern(0, '192.0.2.1', 33)),
      ours('TimerTable: arm and next of 8', () => {
        timers.arm(3, 50);
        return timers.next();
      }),
    ],
  },
];
