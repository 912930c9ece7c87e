import { SeededRandom } from '@hawser/netsim';
import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SctpAssociation } from '../../src/index.ts';
import { connected, readAll, sendText, text } from '../support/associations.ts';
import { packet, tagOf } from '../support/bytes.ts';

/** Packets of a whole life, as they were sent to b. */
function recordedTraffic(): { packets: Uint8Array[]; tag: number } {
  const pair = connected({ paths: [{ delayMs: 5, loss: 0.1 }], seed: 4 });
  const packets: Uint8Array[] = [];
  pair.paths[0].aToB.passes = ({ bytes }) => {
    packets.push(bytes.slice());
    return true;
  };
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', maxRetransmits: 0 }));
  for (let i = 0; i < 20; i++) {
    pair.a.act((m, now) => sendText(m, now, channel, `${i} ${'.'.repeat(i * 300)}`));
    pair.b.act((m, now) => sendText(m, now, channel, `${i} ${'.'.repeat(i * 300)}`));
    pair.runFor(30);
  }
  pair.a.act((m, now) => m.closeChannel(now, channel));
  pair.runFor(2000);
  pair.a.act((m, now) => m.shutdown(now));
  pair.runFor(2000);
  return { packets, tag: tagOf(packets[0]) };
}

/** An established pair with a channel, and the tag that packets to b must carry. */
function victim() {
  const pair = connected({ paths: [{ delayMs: 5 }], seed: 4 });
  let tag = 0;
  pair.paths[0].aToB.passes = ({ bytes }) => {
    tag = tagOf(bytes);
    return true;
  };
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
  pair.runFor(100);
  return { pair, channel, tag };
}

function stillWorks(pair: ReturnType<typeof connected>, channel: number): void {
  readAll(pair.b.machine);
  pair.a.act((m, now) => sendText(m, now, channel, 'still here'));
  pair.runFor(200);
  expect(readAll(pair.b.machine).map((m) => text(m.bytes))).toEqual(['still here']);
}

const traffic = recordedTraffic();

describe('datagrams nobody honest sent', () => {
  it('with a wrong checksum change nothing', () => {
    const { pair, channel } = victim();
    const random = new SeededRandom(1);
    for (const bytes of traffic.packets) {
      for (let i = 0; i < 40; i++) {
        const bad = bytes.slice(0, random.chance(0.3) ? random.nextInteger(bytes.length + 1) : bytes.length);
        if (bad.length > 0) bad[random.nextInteger(bad.length)] ^= 1 << random.nextInteger(8);
        const verdict = pair.b.act((m, now) => m.handleDatagram(now, 0, bad, 0, bad.length));
        expect(
          verdict === Verdict.malformed || verdict === Verdict.unauthenticated || verdict === Verdict.notMine,
        ).toBe(true);
      }
    }
    stillWorks(pair, channel);
    const { verdicts, packetsReceived } = pair.b.machine.stats();
    expect(Object.values(verdicts).reduce((a, b) => a + b)).toBe(packetsReceived);
  });

  it('with a right checksum and tag, but cut at any byte, never throw', () => {
    for (const bytes of traffic.packets) {
      const { pair, tag } = victim();
      const { machine } = pair.b;
      for (let length = 12; length < Math.min(bytes.length, 200); length++) {
        const cut = packet(tag, bytes.slice(12, length));
        machine.handleDatagram(pair.clock.now, 0, cut, 0, cut.length);
      }
      pair.pump();
    }
  });

  it('with a right checksum and tag, but lying lengths and flipped bits, never throw and stay bounded', () => {
    const random = new SeededRandom(2);
    let { pair, tag } = victim();
    for (let round = 0; round < 6000; round++) {
      const from = traffic.packets[random.nextInteger(traffic.packets.length)];
      const body = from.slice(12);
      for (let i = random.nextInteger(4); i >= 0; i--) {
        const at = random.nextInteger(Math.min(body.length, 24));
        body[at] = random.chance(0.5) ? random.nextInteger(256) : body[at] ^ (1 << random.nextInteger(8));
      }
      const bad = packet(random.chance(0.05) ? 0 : tag, body);
      pair.b.act((m, now) => m.handleDatagram(now, 0, bad, 0, bad.length));
      pair.runFor(random.nextInteger(3) * 20);
      expect(pair.b.machine.stats().receiveBufferedBytes).toBeLessThan(9_000_000);
      if (pair.b.machine.state === 'closed') ({ pair, tag } = victim());
    }
  });

  it('made of random chunks never throw', () => {
    const random = new SeededRandom(3);
    const types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 130, 192, 64, 255];
    let { pair, tag } = victim();
    for (let round = 0; round < 6000; round++) {
      const chunks = Array.from({ length: 1 + random.nextInteger(3) }, () => {
        const length = 4 + 4 * random.nextInteger(12);
        const chunk = random.bytes(length).slice();
        chunk[0] = types[random.nextInteger(types.length)];
        chunk[2] = 0;
        chunk[3] = length;
        // Small numbers where parameter types and lengths stand, so that readers get further.
        if (random.chance(0.5) && length >= 8) chunk.set([0, random.nextInteger(20), 0, length - 4], 4);
        return chunk;
      });
      const bad = packet(tag, ...chunks);
      pair.b.act((m, now) => m.handleDatagram(now, 0, bad, 0, bad.length));
      if (pair.b.machine.state === 'closed') ({ pair, tag } = victim());
    }
  });

  it('to one that never connected are answered with nothing but INIT ACK and SHUTDOWN COMPLETE', () => {
    const { pair } = victim();
    const machine = new SctpAssociation({ dtlsRole: 'server' }, { ...pairEnv(), now: pair.clock.now });
    for (const bytes of traffic.packets) machine.handleDatagram(0, 0, bytes, 0, bytes.length);
    expect(machine.state).toBe('closed');
    expect(machine.stats().receiveBufferedBytes).toBe(0);
  });
});

function pairEnv() {
  const random = new SeededRandom(5);
  return { now: 0, unixMs: 0, secure: random, jitter: random };
}
