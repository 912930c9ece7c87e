import { describe, expect, it } from 'vitest';
import type { SessionConfig } from '../../src/index.ts';
import { type Side, TwoSessions } from '../kit/two-sessions.ts';

function open(two: TwoSessions, from: Side, label = 'chat'): number {
  const channel = from.driver.act((session, now) => session.openChannel(now, { label }));
  two.runUntil(() => from.driver.events.some((event) => event.type === 'channel-open' && event.channel === channel));
  return channel;
}

function send(from: Side, channel: number, bytes: Uint8Array): number {
  return from.driver.act((session, now) => session.send(now, channel, bytes, 0, bytes.length, true));
}

function numbered(i: number, length = 16): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
}

const numberOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

describe('two sessions', () => {
  it('connect over three of nine paths and nominate nothing', () => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    two.run(2000);
    for (const side of [two.a, two.b]) {
      const { paths, hawserPeer } = side.session.getMultipathStats();
      expect(hawserPeer).toBe(true);
      expect(paths).toHaveLength(9);
      expect(paths.filter((path) => path.state === 'active')).toHaveLength(3);
      expect(paths.filter((path) => path.state === 'standby')).toHaveLength(6);
      expect(paths.some((path) => path.nominated)).toBe(false);
    }
  });

  it('shake hands in packets as small as they are told', () => {
    const isTooLong = (bytes: Uint8Array) => bytes[0] >= 20 && bytes[0] <= 63 && bytes.length > 300;
    const connects = (dtls: SessionConfig['dtls']) => {
      const two = new TwoSessions({ a: { dtls }, b: { dtls }, sctp: false });
      for (const { aToB, bToA } of two.a.links) {
        for (const way of [aToB, bToA]) way.passes = ({ bytes }) => !isTooLong(bytes);
      }
      two.run(1000);
      return two.connected();
    };
    expect(connects({ mtuBytes: 300 })).toBe(true);
    expect(connects({})).toBe(false);
  });

  it.each(['1.2', '1.3'] as const)('talk in records of DTLS %s with connection ids', (version) => {
    const dtls = (connectionId: number[]): SessionConfig['dtls'] => ({
      versions: [version],
      connectionId: Uint8Array.from(connectionId),
    });
    const two = new TwoSessions({ a: { dtls: dtls([1, 2, 3]) }, b: { dtls: dtls([4]) } });
    two.runUntil(() => two.connected());
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'ids' }));
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
    const text = new TextEncoder().encode('hello');
    two.a.driver.act((session, now) => session.send(now, channel, text, 0, text.length, false));
    two.runUntil(() => two.b.messages.length > 0);
    expect(two.b.messages[0].bytes).toEqual(text);
  });

  it('shake hands at once when the client was quicker than our own checks', () => {
    const two = new TwoSessions({ links: [{ delayMs: 5 }], sctp: false });
    const [{ aToB, bToA }] = two.a.links;
    const hellos: number[] = [];
    // The server's checks are lost for a while: what the client sends meanwhile comes by a pair that is not proved.
    bToA.passes = ({ bytes }) => !(bytes[0] === 0 && bytes[1] === 1 && two.now < 70);
    aToB.passes = ({ bytes }) => {
      if (bytes[0] === 22 && bytes[13] === 1) hellos.push(two.now);
      return true;
    };
    two.runUntil(() => two.b.session.getMultipathStats().paths.some(({ state }) => state === 'active'));
    const waited = hellos.length;
    const provedAt = two.now;
    expect(waited).toBeGreaterThan(0);
    two.runUntil(() => two.connected());
    // Two round trips: nobody waited for a timer, and nothing was asked again.
    expect(two.now - provedAt).toBeLessThan(50);
    expect(hellos.length).toBe(waited);
    expect(two.b.session.getMultipathStats().counters.uncheckedFlow).toBe(0);
  });

  it('choose their paths anew when two sockets turn out to leave by one interface', () => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    two.run(2000);
    for (let base = 0; base < 3; base++) {
      two.a.driver.act((session, now) => session.setBaseEgress(now, base, base === 0 ? 'wan' : 'lan'));
    }
    two.run(2000);
    const { paths } = two.a.session.getMultipathStats();
    expect(new Set(paths.map((path) => path.egress))).toEqual(new Set(['wan', 'lan']));
    const active = paths.filter((path) => path.state === 'active').map((path) => path.egress);
    expect(active.sort()).toEqual(['lan', 'wan']);
  });

  it('weigh paths of 5, 20 and 60 ms near 10, 5 and 1.65', () => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    open(two, two.a);
    two.run(10_000);
    const active = two.a.session.getMultipathStats().paths.filter((path) => path.state === 'active');
    const weights = active.map((path) => path.weight).sort((x, y) => y - x);
    expect(weights[0]).toBe(10);
    expect(weights[1]).toBeCloseTo(5, 0);
    expect(weights[2]).toBeGreaterThan(1.4);
    expect(weights[2]).toBeLessThan(1.8);
  });

  it('deliver every message of both sides once and in order, spread by weight over all active paths', () => {
    const dwrr = { multipath: { scheduler: 'dwrr' } } as const;
    const two = new TwoSessions({ a: dwrr, b: dwrr });
    two.runUntil(() => two.connected());
    const channel = open(two, two.a);
    two.runUntil(() => two.b.driver.events.some((event) => event.type === 'channel'));
    for (let i = 0; i < 200; i++) {
      send(two.a, channel, numbered(i));
      send(two.b, channel, numbered(i));
      two.run(20);
    }
    two.run(1000);
    for (const side of [two.a, two.b]) {
      expect(side.messages.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 200 }, (_, i) => i));
      const active = side.session.getMultipathStats().paths.filter((path) => path.state === 'active');
      for (const path of active) expect(path.packetsSent).toBeGreaterThan(10);
    }
  });

  it('carry 5 MB reliably over unequal paths, all of them loaded', () => {
    const two = new TwoSessions({
      links: [
        { delayMs: 2.5, rateBps: 20e6, queueBytes: 65_536 },
        { delayMs: 10, rateBps: 20e6, queueBytes: 65_536 },
        { delayMs: 30, rateBps: 20e6, queueBytes: 65_536, loss: 0.01 },
      ],
    });
    two.runUntil(() => two.connected());
    const channel = open(two, two.a);
    const total = 320;
    let sent = 0;
    two.runUntil(() => {
      while (sent < total && send(two.a, channel, numbered(sent, 16_000)) === 0) sent++;
      return two.b.messages.length === total;
    }, 60_000);
    expect(two.b.messages.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: total }, (_, i) => i));
    const active = two.a.session.getMultipathStats().paths.filter((path) => path.state === 'active');
    for (const path of active) expect(path.bytesSent).toBeGreaterThan(200_000);
  });

  it('send the same ciphertext on two paths in redundant mode, and deliver once', () => {
    const two = new TwoSessions({
      a: { multipath: { scheduler: 'redundant' } },
      links: [{ delayMs: 5 }, { delayMs: 20 }],
    });
    two.runUntil(() => two.connected());
    const channel = open(two, two.a);
    two.run(200);
    for (let i = 0; i < 100; i++) {
      send(two.a, channel, numbered(i));
      two.run(20);
    }
    two.run(1000);
    expect(two.b.messages.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(two.a.session.getMultipathStats().counters.copiesSent).toBeGreaterThanOrEqual(100);
    expect(two.b.session.getMultipathStats().counters.duplicates).toBeGreaterThanOrEqual(100);
  });

  it('use one path while multipath is not enabled, and all once it is', () => {
    const two = new TwoSessions({ a: { multipath: { enabled: false, scheduler: 'dwrr' } } });
    two.runUntil(() => two.connected());
    const channel = open(two, two.a);
    const sentBy = () => two.a.session.getMultipathStats().paths.filter((path) => path.packetsSent > 20).length;
    for (let i = 0; i < 100; i++) {
      send(two.a, channel, numbered(i));
      two.run(20);
    }
    expect(sentBy()).toBe(1);
    two.a.session.enableMultipath();
    for (let i = 0; i < 400; i++) {
      send(two.a, channel, numbered(i));
      two.run(20);
    }
    expect(sentBy()).toBe(3);
  });

  it('keep the nomination mode they were made with', () => {
    const two = new TwoSessions();
    expect(() => two.a.session.enableMultipath({ preventNomination: false })).toThrowError(
      expect.objectContaining({ code: 'bad-config' }),
    );
    expect(() => two.a.session.enableMultipath({ minWeight: 20 })).toThrowError(
      expect.objectContaining({ code: 'bad-config' }),
    );
    two.a.session.enableMultipath({ scheduler: 'redundant', preventNomination: true });
  });

  it('end with a typed error when the certificate is not the one described', () => {
    const two = new TwoSessions({ wrongFingerprint: Array(32).fill('AB').join(':') });
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'closed'));
    const error = two.a.driver.events.find((event) => event.type === 'error');
    expect(error).toMatchObject({ error: { layer: 'dtls', code: 'fingerprint-mismatch' } });
    expect(two.a.session.isConnected).toBe(false);
    expect(two.a.driver.events.at(-1)).toMatchObject({ type: 'closed' });
  });

  it('tell the peer by an alert why the handshake failed, so that it need not wait for its own timers', () => {
    const two = new TwoSessions({ wrongFingerprint: Array(32).fill('AB').join(':') });
    // An alert in the clear is doubted for a second.
    two.run(3000);
    expect(two.b.driver.events.find((event) => event.type === 'error')).toMatchObject({
      error: { layer: 'dtls', code: 'peer-alert' },
    });
    expect(two.b.driver.events.at(-1)).toMatchObject({ type: 'closed' });
  });

  it.each(['us', 'the peer'])('take nothing more to send once they are over, closed by %s', (closer) => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    const channel = open(two, two.a);
    two.run(200);
    const side = closer === 'us' ? two.a : two.b;
    side.driver.act((session, now) => session.close(now));
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'closed'));
    expect(two.a.session.isConnected).toBe(false);
    expect(send(two.a, channel, numbered(1))).toBe(3);
    expect(two.a.driver.events.filter((event) => event.type === 'channel-closed')).toHaveLength(1);
  });

  it('give up a peer that answers checks but never shakes hands', () => {
    const two = new TwoSessions();
    const isDtls = (packet: { bytes: Uint8Array }) => packet.bytes[0] >= 20 && packet.bytes[0] <= 63;
    for (const link of two.a.links) {
      link.aToB.passes = (packet) => !isDtls(packet);
      link.bToA.passes = (packet) => !isDtls(packet);
    }
    two.run(40_000);
    for (const side of [two.a, two.b]) {
      expect(side.driver.events.find((event) => event.type === 'error')).toMatchObject({
        error: { layer: 'dtls', code: 'timeout' },
      });
      expect(side.driver.events.at(-1)).toMatchObject({ type: 'closed' });
      expect(side.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('close says so to the peer, and both sides fall silent', () => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    open(two, two.a);
    two.a.driver.act((session, now) => session.close(now));
    two.run(2000);
    expect(two.a.driver.events.at(-1)).toEqual({ type: 'closed', reason: 'closed' });
    expect(two.b.driver.events.at(-1)).toEqual({ type: 'closed', reason: 'closed by the peer' });
    expect(two.a.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(two.b.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('notice by consent that the peer is gone for good', () => {
    const two = new TwoSessions();
    two.runUntil(() => two.connected());
    two.run(2000);
    two.b.driver.stop();
    const isFailed = () => two.a.driver.events.some((event) => event.type === 'ice-state' && event.state === 'failed');
    two.runUntil(isFailed, 45_000);
    expect(two.a.driver.events.filter((event) => event.type === 'error')).toMatchObject([
      { error: { layer: 'ice', code: 'consent-lost' } },
    ]);
  });

  it('run the same from the same seed', () => {
    const trace = (seed: number) => {
      const two = new TwoSessions({ seed });
      two.runUntil(() => two.connected());
      const channel = open(two, two.a);
      for (let i = 0; i < 50; i++) {
        send(two.a, channel, numbered(i));
        two.run(20);
      }
      return JSON.stringify([two.now, two.a.session.getMultipathStats(), two.b.messages.map(({ at }) => at)]);
    };
    expect(trace(7)).toBe(trace(7));
  });
});
