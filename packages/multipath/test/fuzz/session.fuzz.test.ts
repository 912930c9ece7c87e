import { ContentType, recordContentType } from '@hawser/dtls';
import { NO_FLOW, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TwoSessions } from '../kit/two-sessions.ts';

const verdicts = new Set<number>(Object.values(Verdict));

function running(): TwoSessions {
  const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 5 }] });
  two.runUntil(() => two.connected());
  two.run(1000);
  return two;
}

/** A flow of B that is validated: bytes from it reach every layer. */
function checkedFlow(two: TwoSessions): number {
  const path = two.b.session.getMultipathStats().paths.find(({ state }) => state === 'active');
  const [address, port] = (path?.remote ?? '').split(':');
  const base = Number((path?.local ?? '').split('.')[2]);
  return two.b.session.flows.find(base, address, Number(port));
}

describe('hostile bytes', () => {
  it('from a checked flow: a verdict and a counter, nothing thrown, the session unharmed', () => {
    const two = running();
    const flow = checkedFlow(two);
    expect(flow).not.toBe(NO_FLOW);
    const first = fc.constantFrom(0, 1, 20, 21, 22, 23, 25, 63, 64, 128, 144, 191, 192, 255);
    fc.assert(
      fc.property(first, fc.uint8Array({ maxLength: 300 }), (octet, rest) => {
        const bytes = Uint8Array.of(octet, ...rest);
        const verdict = two.b.driver.act((session, now) => session.handleDatagram(now, flow, bytes, 0, bytes.length));
        expect(verdicts.has(verdict)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'after' }));
    const bytes = new TextEncoder().encode('still here');
    two.a.driver.act((session, now) => session.send(now, channel, bytes, 0, bytes.length, false));
    two.runUntil(() => two.b.messages.length === 1, 5000);
  });

  it('that are not STUN from an unchecked flow are dropped before any cryptography', () => {
    const two = running();
    const flow = two.b.session.flows.intern(0, '203.0.113.9', 4444);
    const before = two.b.session.getMultipathStats().counters;
    for (const octet of [20, 22, 23, 128, 144, 191]) {
      const bytes = new Uint8Array(200).fill(1);
      bytes[0] = octet;
      const verdict = two.b.driver.act((session, now) => session.handleDatagram(now, flow, bytes, 0, bytes.length));
      expect(verdict).toBe(Verdict.unauthenticated);
    }
    const after = two.b.session.getMultipathStats().counters;
    expect(after.uncheckedFlow - before.uncheckedFlow).toBe(6);
    expect(after.unauthenticated).toBe(before.unauthenticated);
    expect(after.malformed).toBe(before.malformed);
  });

  it('from ten thousand forged sources take no memory', () => {
    const two = running();
    const { flows } = two.b.session;
    const bytes = new Uint8Array(40);
    for (let i = 0; i < 10_000; i++) {
      const flow = flows.intern(0, `198.51.${i >> 8}.${i & 255}`, 1024 + i);
      two.b.session.handleDatagram(two.now, flow, bytes, 0, bytes.length);
    }
    expect(flows.size).toBeLessThanOrEqual(1024);
    two.run(3000);
    expect(two.b.session.isConnected).toBe(true);
    expect(two.b.session.getMultipathStats().paths.filter(({ state }) => state === 'active')).toHaveLength(2);
  });

  it('real packets, truncated or with one bit flipped, never throw and never deliver', () => {
    const two = running();
    const flow = checkedFlow(two);
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
    two.run(100);
    const delivered = two.b.messages.length;
    const captured: Uint8Array[] = [];
    const handle = two.b.session.handleDatagram.bind(two.b.session);
    two.b.session.handleDatagram = (now, from, bytes, offset, length) => {
      captured.push(bytes.slice(offset, offset + length));
      return handle(now, from, bytes, offset, length);
    };
    const text = new TextEncoder().encode('secret');
    two.cut(1);
    two.a.driver.act((session, now) => session.send(now, channel, text, 0, text.length, false));
    two.run(2);
    two.run(200);
    two.b.session.handleDatagram = handle;
    const got = two.b.messages.length - delivered;
    for (const packet of captured) {
      for (let bit = 0; bit < packet.length * 8; bit += 7) {
        const forged = packet.slice();
        forged[bit >> 3] ^= 1 << (bit & 7);
        two.b.driver.act((session, now) => session.handleDatagram(now, flow, forged, 0, forged.length));
      }
      for (let length = 0; length < packet.length; length += 3) {
        const cutShort = packet.slice();
        two.b.driver.act((session, now) => session.handleDatagram(now, flow, cutShort, 0, length));
      }
    }
    two.run(100);
    expect(two.b.messages.length - delivered).toBe(got);
    expect(two.b.session.isConnected).toBe(true);
  });

  it('repeated from a path that is dead are no sign of life of it', () => {
    const two = running();
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
    const text = new TextEncoder().encode('hello');
    const caught = new Map<number, Uint8Array>();
    const handle = two.b.session.handleDatagram.bind(two.b.session);
    two.b.session.handleDatagram = (now, flow, bytes, offset, length) => {
      if (recordContentType(bytes, offset) === ContentType.applicationData)
        caught.set(flow, bytes.slice(offset, offset + length));
      return handle(now, flow, bytes, offset, length);
    };
    const talk = (ms: number, repeat: boolean) => {
      for (let t = 0; t < ms; t += 20) {
        two.a.driver.act((session, now) => session.send(now, channel, text, 0, text.length, false));
        two.run(20);
        if (!repeat) continue;
        for (const [flow, bytes] of caught) {
          two.b.driver.act((_session, now) => handle(now, flow, bytes.slice(), 0, bytes.length));
        }
      }
    };
    talk(1000, false);
    expect(caught.size).toBe(2);
    two.cut(0);
    talk(3000, true);
    expect(two.b.session.getMultipathStats().counters.duplicates).toBeGreaterThan(100);
    const dead = two.b.session.getMultipathStats().paths.filter(({ remote }) => remote.startsWith('10.1.0.'));
    expect(dead.every(({ state }) => state !== 'active')).toBe(true);
  });
});
