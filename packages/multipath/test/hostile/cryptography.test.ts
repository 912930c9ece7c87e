import { type Aead, type DtlsCrypto, deterministicCrypto } from '@hawser/dtls';
import { SrtpContext } from '@hawser/srtp';
import { NO_FLOW, Verdict } from '@hawser/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { video } from '../kit/lying-peer.ts';
import { TwoSessions } from '../kit/two-sessions.ts';

afterEach(() => vi.restoreAllMocks());

/** The cryptography of simulations, and how often any of it was called. */
function countedCrypto(): { crypto: DtlsCrypto; calls: () => number } {
  let calls = 0;
  const counted = <T extends object>(inner: T): T =>
    new Proxy(inner, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          calls++;
          const result: unknown = value.apply(target, args);
          return name === 'createAead' ? counted(result as Aead) : result;
        };
      },
    });
  return { crypto: counted(deterministicCrypto), calls: () => calls };
}

/** A flow of B by which A's data comes. */
function checkedFlow(two: TwoSessions): number {
  const path = two.b.session.getMultipathStats().paths.find(({ state }) => state === 'active');
  const [address, port] = (path?.remote ?? '').split(':');
  return two.b.session.flows.find(Number((path?.local ?? '').split('.')[2]), address, Number(port));
}

describe('what is not STUN, from a flow without a successful check', () => {
  it('is dropped before any cryptography', () => {
    const { crypto, calls } = countedCrypto();
    const openRtp = vi.spyOn(SrtpContext.prototype, 'openRtp');
    const openRtcp = vi.spyOn(SrtpContext.prototype, 'openRtcp');
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 5 }], b: { crypto: { dtls: crypto } } });
    two.runUntil(() => two.connected());
    two.run(1000);
    const { session } = two.b;
    const opened = () => calls() + openRtp.mock.calls.length + openRtcp.mock.calls.length;
    const give = (flow: number, octet: number) => {
      // A record of application data of DTLS 1.2, one of 1.3 (RFC 9147 4); RTP; RTCP: as far as anybody could make them.
      const bytes = new Uint8Array(200).fill(7);
      if (octet >= 64) bytes.set([octet, octet === 129 ? 200 : 96]);
      else bytes.set(octet >= 32 ? [octet, 7, 7, 0, 195] : [octet, 254, 253, 0, 1, 0, 0, 0, 0, 9, 9, 0, 187]);
      return session.handleDatagram(two.now, flow, bytes, 0, bytes.length);
    };
    const before = opened();
    const counters = () => session.getMultipathStats().counters;
    const dropped = counters().uncheckedFlow;
    for (let i = 0; i < 500; i++) {
      const flow = session.flows.intern(0, `203.0.113.${i % 250}`, 1024 + i);
      for (const octet of [20, 22, 23, 47, 128, 129, 144, 191]) expect(give(flow, octet)).toBe(Verdict.unauthenticated);
    }
    expect(opened()).toBe(before);
    expect(counters().uncheckedFlow - dropped).toBe(4000);
    // The same bytes by a checked flow do reach it: the count counts.
    expect(checkedFlow(two)).not.toBe(NO_FLOW);
    for (const octet of [47, 128, 129]) give(checkedFlow(two), octet);
    expect(opened()).toBeGreaterThanOrEqual(before + 3);
    two.run(1000);
    expect(two.connected()).toBe(true);
  });
});

describe('floods of copies', () => {
  /** B is a browser's place: A steers it. Video flows both ways, and what came to A is kept by flow. */
  function conversation() {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 5 }], hawser: false });
    two.runUntil(() => two.connected());
    two.run(1000);
    const caught = new Map<number, Uint8Array>();
    const { session } = two.a;
    const handle = session.handleDatagram.bind(session);
    session.handleDatagram = (now, flow, bytes, offset, length) => {
      if (bytes[offset] >= 128) caught.set(flow, bytes.slice(offset, offset + length));
      return handle(now, flow, bytes, offset, length);
    };
    let n = 0;
    const talk = (ms: number, each?: () => void) => {
      for (let t = 0; t < ms; t += 20, n++) {
        const packet = video(n, n * 1800);
        two.b.driver.act((peer, now) => peer.sendRtp(now, packet, 0, packet.length, 2));
        two.run(20);
        each?.();
      }
    };
    return { two, caught, handle, talk };
  }

  it('move nothing: not a browser’s sending, not the state of a path, not what the application gets', () => {
    const { caught, handle, talk, two } = conversation();
    talk(1000);
    const [copy] = caught.values();
    expect(copy).toBeDefined();
    const events = two.a.driver.events.length;
    const { flows } = two.a.session;
    const before = two.a.session.getMultipathStats();
    const other = before.paths.find(({ sinceReceivedMs }) => sinceReceivedMs === undefined);
    if (other === undefined) throw new Error('the peer sends by every path');
    const [address, port] = other.remote.split(':');
    const flow = flows.find(Number(other.local.split('.')[2]), address, Number(port));
    expect(flow).not.toBe(NO_FLOW);
    let verdicts = 0;
    talk(2000, () => {
      // What is true and was seen by all, and what is forged under a number that was seen.
      for (let i = 0; i < 20; i++) {
        const bytes = copy.slice();
        if (i % 2 === 1) bytes[bytes.length - 1] ^= 1;
        if (two.a.driver.act((_session, now) => handle(now, flow, bytes, 0, bytes.length)) === Verdict.replayed)
          verdicts++;
      }
    });
    expect(verdicts).toBe(2000);
    const after = two.a.session.getMultipathStats();
    const path = after.paths.find(({ id }) => id === other.id);
    expect(after.counters.duplicates - before.counters.duplicates).toBeGreaterThanOrEqual(2000);
    expect(after.counters.unauthenticated).toBe(before.counters.unauthenticated);
    expect(path?.state).toBe(other.state);
    // No sign of life: nothing of the peer has come by it.
    expect(path?.sinceReceivedMs).toBe(other.sinceReceivedMs);
    const told = two.a.driver.events.slice(events).map(({ type }) => type);
    expect(told).not.toContain('steered');
    expect(told).not.toContain('path');
    // Nothing reaches the application twice.
    const numbers = two.a.packets.filter(({ rtcp }) => !rtcp).map(({ bytes }) => (bytes[2] << 8) | bytes[3]);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('on a dead path are no sign of life of it', () => {
    const { caught, handle, talk, two } = conversation();
    talk(1000);
    two.cut(0);
    talk(4000, () => {
      for (const [flow, bytes] of caught) {
        two.a.driver.act((_session, now) => handle(now, flow, bytes.slice(), 0, bytes.length));
      }
    });
    const dead = two.a.session.getMultipathStats().paths.filter(({ local }) => local.startsWith('10.1.0.'));
    expect(dead.length).toBeGreaterThan(0);
    expect(dead.every(({ state }) => state !== 'active')).toBe(true);
  });

  it('leave the media that is sent as it was: nothing grows', () => {
    const { caught, handle, talk, two } = conversation();
    talk(500);
    const [[flow, copy]] = caught;
    const size = () => two.a.session.flows.size;
    const before = size();
    for (let i = 0; i < 20_000; i++) handle(two.now, flow, copy.slice(), 0, copy.length);
    expect(size()).toBe(before);
    expect(two.a.session.pollEvent()).toBeUndefined();
    talk(500);
    expect(two.connected()).toBe(true);
  });
});
