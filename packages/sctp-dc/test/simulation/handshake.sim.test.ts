import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { COOKIE_BYTES } from '../../src/handshake/cookie.ts';
import { STATE_EDGES } from '../../src/handshake/state.ts';
import { SctpAssociation } from '../../src/index.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { SackChunk, writeSackHead } from '../../src/packet/sack.ts';
import { connected, makePair, pathInfo, readAll, sendText, text } from '../support/associations.ts';
import { chunkTypes, fromHex, packet, packetsOf, seededEnv, tagOf, written } from '../support/bytes.ts';

function lone(seed = 1, config = {}): SctpAssociation {
  const machine = new SctpAssociation({ dtlsRole: 'server', ...config }, seededEnv(seed));
  machine.handlePath(0, 0, pathInfo('active'));
  return machine;
}

function give(machine: SctpAssociation, now: number, bytes: Uint8Array): Verdict {
  return machine.handleDatagram(now, 0, bytes, 0, bytes.length);
}

/** Client and server by hand, up to the client's COOKIE ECHO. */
function untilCookieEcho(serverConfig = {}) {
  const client = lone(1);
  const server = lone(2, serverConfig);
  client.connect(0);
  const [init] = packetsOf(client, 0);
  give(server, 0, init.bytes);
  const [initAck] = packetsOf(server, 0);
  give(client, 0, initAck.bytes);
  const [cookieEcho] = packetsOf(client, 0);
  return { client, server, init: init.bytes, initAck: initAck.bytes, cookieEcho: cookieEcho.bytes };
}

describe('set-up', () => {
  it('takes one round trip when both begin, and two when one does', () => {
    const both = makePair({ paths: [{ delayMs: 10 }] });
    both.a.act((m, now) => m.connect(now));
    both.b.act((m, now) => m.connect(now));
    both.runUntil(() => both.a.machine.state === 'established' && both.b.machine.state === 'established');
    expect(both.clock.now).toBe(30);
    const one = connected({ paths: [{ delayMs: 10 }] }, false);
    expect(one.clock.now).toBe(40);
  });

  it.each([1, 2, 3, 4, 5, 6])('succeeds on a path that loses a third of all packets (seed %i)', (seed) => {
    const pair = connected({ seed, paths: [{ delayMs: 10, loss: 0.33 }] });
    for (const side of [pair.a, pair.b]) {
      expect(side.events.filter((e) => e.type === 'connected')).toHaveLength(1);
      expect(side.events.filter((e) => e.type === 'error' || e.type === 'closed')).toHaveLength(0);
    }
  });

  it('gives up after the configured repetitions', () => {
    const pair = makePair({ paths: [{ loss: 1 }], a: { maxInitRetransmissions: 3 } });
    pair.a.act((m, now) => m.connect(now));
    pair.runUntil(() => pair.a.events.length > 0);
    expect(pair.a.events).toEqual([{ type: 'closed', reason: 'setup-timeout', detail: 'cookie-wait' }]);
    expect(pair.paths[0].aToB.stats.sent).toBe(4);
    expect(pair.clock.now).toBe(500 + 1000 + 2000 + 4000);
  });

  it('does not count what never left for want of a path', () => {
    const machine = new SctpAssociation({ dtlsRole: 'client', maxInitRetransmissions: 0 }, seededEnv());
    machine.connect(0);
    for (let i = 0; i < 5; i++) {
      expect(packetsOf(machine, machine.pollTimeout())).toHaveLength(0);
      machine.handleTimeout(machine.pollTimeout());
    }
    machine.handlePath(90_000, 0, pathInfo('active'));
    expect(packetsOf(machine, 90_000).map((p) => chunkTypes(p.bytes))).toEqual([[ChunkType.init]]);
    expect(machine.state).toBe('cookie-wait');
  });

  it('answers INIT without keeping anything', () => {
    const server = lone();
    const { init } = untilCookieEcho();
    const before = JSON.stringify({ ...server.stats(), verdicts: 0, packetsReceived: 0, bytesReceived: 0 });
    const tags = new Set<number>();
    for (let i = 0; i < 100; i++) {
      expect(give(server, i, init)).toBe(Verdict.consumed);
      const [answer] = packetsOf(server, i);
      tags.add(answer.bytes[16] * 2 ** 24 + answer.bytes[17] * 2 ** 16 + answer.bytes[18] * 256 + answer.bytes[19]);
    }
    expect(tags.size).toBe(100);
    expect(server.state).toBe('closed');
    expect(server.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    const after = {
      ...server.stats(),
      verdicts: 0,
      packetsReceived: 0,
      bytesReceived: 0,
      packetsSent: 0,
      bytesSent: 0,
    };
    expect(JSON.stringify(after)).toBe(before);
  });

  it('holds a bounded number of answers when nobody drains', () => {
    const server = lone();
    const { init } = untilCookieEcho();
    for (let i = 0; i < 10_000; i++) give(server, 0, init);
    expect(packetsOf(server, 0)).toHaveLength(32);
    expect(server.stats().repliesDropped).toBe(10_000 - 32);
  });

  it('refuses a cookie with any bit changed, and one that is not its own', () => {
    const { server, client, cookieEcho } = untilCookieEcho();
    for (let bit = 0; bit < COOKIE_BYTES * 8; bit++) {
      const cookie = cookieEcho.slice(16, 16 + COOKIE_BYTES);
      cookie[bit >> 3] ^= 1 << (bit & 7);
      const forged = packet(tagOf(cookieEcho), Uint8Array.of(ChunkType.cookieEcho, 0, 0, 4 + COOKIE_BYTES), cookie);
      expect(give(server, 0, forged)).toBe(Verdict.unauthenticated);
    }
    expect(give(client, 0, cookieEcho)).toBe(Verdict.unauthenticated);
    expect(server.state).toBe('closed');
    expect(packetsOf(server, 0)).toHaveLength(0);
    expect(server.stats().cookiesRefused).toBe(COOKIE_BYTES * 8);
    expect(give(server, 0, cookieEcho)).toBe(Verdict.consumed);
    expect(server.state).toBe('established');
  });

  it('refuses a cookie past its life and says so; the other side begins again', () => {
    const { client, server, cookieEcho } = untilCookieEcho({ cookieLifeMs: 1000 });
    expect(give(server, 1001, cookieEcho)).toBe(Verdict.tooOld);
    const [error] = packetsOf(server, 1001);
    expect(chunkTypes(error.bytes)).toEqual([ChunkType.error]);
    give(client, 1001, error.bytes);
    expect(client.state).toBe('cookie-wait');
    expect(packetsOf(client, 1001).map((p) => chunkTypes(p.bytes))).toEqual([[ChunkType.init]]);
  });

  it('acknowledges a repeated COOKIE ECHO however old, and stays as it is', () => {
    const { client, server, cookieEcho } = untilCookieEcho();
    give(server, 0, cookieEcho);
    for (const { bytes } of packetsOf(server, 0)) give(client, 0, bytes);
    expect(give(server, 900_000, cookieEcho)).toBe(Verdict.consumed);
    expect(packetsOf(server, 900_000).map((p) => chunkTypes(p.bytes))).toEqual([[ChunkType.cookieAck]]);
    expect(server.pollEvent()).toEqual({ type: 'connected' });
    expect(server.pollEvent()).toBeUndefined();
  });

  it('reports unrecognized parameters of INIT as their type asks (RFC 9260 3.2.1)', () => {
    const { init } = untilCookieEcho();
    const server = lone(9);
    // 0xc123: skip and report; 0x8123: skip; 0x4123: stop and report.
    const extra = fromHex('c1230008aabbccdd8123000541000000');
    const chunk = new Uint8Array([...init.slice(12), ...extra]);
    chunk[3] = chunk.length;
    expect(give(server, 0, packet(0, chunk))).toBe(Verdict.consumed);
    const [answer] = packetsOf(server, 0);
    const hex = Buffer.from(answer.bytes).toString('hex');
    expect(hex).toContain('0008000cc1230008aabbccdd');
    expect(hex).not.toContain('81230005');
  });

  it('keeps to the table of states', () => {
    const states = Object.keys(STATE_EDGES);
    for (const edges of Object.values(STATE_EDGES)) for (const next of edges) expect(states).toContain(next);
    const reached = new Set(['closed', ...Object.values(STATE_EDGES).flat()]);
    expect([...reached].sort()).toEqual(states.sort());
  });

  it('may be asked to connect when the peer was quicker', () => {
    const pair = connected({}, false);
    pair.b.act((m, now) => m.connect(now));
    expect(pair.b.machine.state).toBe('established');
  });
});

describe('a restarted peer (RFC 9260 5.2.4 A)', () => {
  it('gets a new association; the old channels are told closed', () => {
    const pair = connected();
    pair.a.act((m, now) => m.openChannel(now, { label: 'old' }));
    pair.runFor(100);
    const again = new SctpAssociation({ dtlsRole: 'client' }, seededEnv(77));
    again.handlePath(pair.clock.now, 0, pathInfo('active'));
    const now = pair.clock.now;
    const { machine } = pair.b;
    again.connect(now);
    for (let i = 0; i < 4; i++) {
      for (const { bytes } of packetsOf(again, now)) give(machine, now, bytes);
      for (const { bytes } of packetsOf(machine, now)) give(again, now, bytes);
    }
    expect(again.state).toBe('established');
    expect(machine.state).toBe('established');
    const types = [];
    for (let e = machine.pollEvent(); e !== undefined; e = machine.pollEvent()) types.push(e.type);
    expect(types).toEqual(['channel-closed', 'error', 'connected']);
    const channel = again.openChannel(now, { label: 'new' });
    sendText(again, now, channel, 'hello');
    for (const { bytes } of packetsOf(again, now)) give(machine, now, bytes);
    expect(readAll(machine).map((m) => text(m.bytes))).toEqual(['hello']);
  });

  it('gets one that lasts, though the old one was to end', () => {
    const pair = connected();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'old' }));
    pair.runFor(100);
    const { now } = pair.clock;
    const { machine } = pair.b;
    sendText(machine, now, channel, 'never acknowledged');
    machine.shutdown(now);
    expect(machine.state).toBe('shutdown-pending');
    const again = new SctpAssociation({ dtlsRole: 'client' }, seededEnv(77));
    again.handlePath(now, 0, pathInfo('active'));
    again.connect(now);
    for (let at = now, i = 0; at < now + 60_000; i++) {
      for (const { bytes } of packetsOf(again, at)) give(machine, at, bytes);
      for (const { bytes } of packetsOf(machine, at)) give(again, at, bytes);
      if (i < 4) continue;
      expect(machine.state).toBe('established');
      at = Math.max(at + 1, Math.min(machine.pollTimeout(), again.pollTimeout()));
      machine.handleTimeout(at);
      again.handleTimeout(at);
    }
    expect(machine.state).toBe('established');
    expect(again.state).toBe('established');
  });

  it('is told why, and SHUTDOWN ACK again, where that waits for its answer', () => {
    const pair = connected();
    pair.runFor(100);
    const { now } = pair.clock;
    const { machine } = pair.b;
    const again = new SctpAssociation({ dtlsRole: 'client' }, seededEnv(77));
    again.handlePath(now, 0, pathInfo('active'));
    again.connect(now);
    for (const { bytes } of packetsOf(again, now)) give(machine, now, bytes);
    for (const { bytes } of packetsOf(machine, now)) give(again, now, bytes);
    const [cookieEcho] = packetsOf(again, now);
    pair.a.machine.shutdown(now);
    for (const { bytes } of packetsOf(pair.a.machine, now)) give(machine, now, bytes);
    expect(machine.state).toBe('shutdown-ack-sent');
    packetsOf(machine, now);
    expect(give(machine, now, cookieEcho.bytes)).toBe(Verdict.unexpected);
    const answers = packetsOf(machine, now).flatMap(({ bytes }) => chunkTypes(bytes));
    expect(answers.sort()).toEqual([ChunkType.shutdownAck, ChunkType.error]);
    expect(machine.state).toBe('shutdown-ack-sent');
  });
});

describe('INIT and INIT ACK with values that they must not have (RFC 9260 3.3.2, 3.3.3)', () => {
  /** The packet with a field of the chunk that it begins with set to something else. */
  function withField(bytes: Uint8Array, at: number, size: 2 | 4, value: number): Uint8Array {
    const chunk = bytes.slice(12);
    const view = new DataView(chunk.buffer);
    if (size === 2) view.setUint16(at, value);
    else view.setUint32(at, value);
    return packet(tagOf(bytes), chunk);
  }

  it.each([
    ['a_rwnd', 8, 4, 1499],
    ['outbound streams', 12, 2, 0],
    ['inbound streams', 14, 2, 0],
  ] as const)('%s: INIT is answered with ABORT, and changes nothing', (_name, at, size, value) => {
    const { init } = untilCookieEcho();
    const server = lone(2);
    expect(give(server, 0, withField(init, at, size, value))).toBe(Verdict.malformed);
    const [abort] = packetsOf(server, 0);
    expect(chunkTypes(abort.bytes)).toEqual([ChunkType.abort]);
    expect(tagOf(abort.bytes)).toBe(new DataView(init.buffer, init.byteOffset).getUint32(16));
    expect(server.state).toBe('closed');
    expect(server.pollEvent()).toBeUndefined();
    expect(give(server, 0, init)).toBe(Verdict.consumed);
  });

  it.each([
    ['tag', 4, 4, 0, 'closed'],
    ['outbound streams', 12, 2, 0, 'closed'],
    ['inbound streams', 14, 2, 0, 'closed'],
    ['a_rwnd', 8, 4, 1499, 'cookie-wait'],
  ] as const)('%s: INIT ACK ends the attempt, or is discarded', (_name, at, size, value, state) => {
    const client = lone(1);
    const server = lone(2);
    client.connect(0);
    give(server, 0, packetsOf(client, 0)[0].bytes);
    const [initAck] = packetsOf(server, 0);
    expect(give(client, 0, withField(initAck.bytes, at, size, value))).toBe(Verdict.malformed);
    expect(client.state).toBe(state);
  });
});

describe('verification tags (RFC 9260 8.5)', () => {
  const abort = Uint8Array.of(ChunkType.abort, 0, 0, 4);

  function established() {
    const { client, server, cookieEcho } = untilCookieEcho();
    give(server, 0, cookieEcho);
    const [ack] = packetsOf(server, 0);
    give(client, 0, ack.bytes);
    return { client, server, serverTag: tagOf(cookieEcho), clientTag: tagOf(ack.bytes) };
  }

  it('refuses packets with a wrong tag, INIT with any, and everything else without one', () => {
    const { server, serverTag } = established();
    const { init } = untilCookieEcho();
    const heartbeat = fromHex('0400000c0001000812345678');
    expect(give(server, 0, packet(serverTag ^ 1, heartbeat))).toBe(Verdict.unauthenticated);
    expect(give(server, 0, packet(0, heartbeat))).toBe(Verdict.unauthenticated);
    expect(give(server, 0, packet(serverTag, init.slice(12)))).toBe(Verdict.unauthenticated);
    expect(give(server, 0, packet(serverTag ^ 1, abort))).toBe(Verdict.unauthenticated);
    expect(give(server, 0, packet(0, init.slice(12), heartbeat))).toBe(Verdict.malformed);
    expect(packetsOf(server, 0)).toHaveLength(0);
    expect(give(server, 0, packet(serverTag, heartbeat))).toBe(Verdict.consumed);
    expect(chunkTypes(packetsOf(server, 0)[0].bytes)).toEqual([ChunkType.heartbeatAck]);
  });

  it('takes ABORT with its own tag, and reflected with the T bit', () => {
    const one = established();
    expect(give(one.server, 0, packet(one.serverTag, abort))).toBe(Verdict.consumed);
    expect(one.server.state).toBe('closed');
    const two = established();
    expect(give(two.server, 0, packet(two.clientTag, Uint8Array.of(ChunkType.abort, 1, 0, 4)))).toBe(Verdict.consumed);
    expect(two.server.state).toBe('closed');
    expect(packetsOf(two.server, 0)).toHaveLength(0);
  });

  it('ends with ABORT when a SACK names what was never sent (RFC 9260 12.2.4.3)', () => {
    const { server, serverTag } = established();
    const bad = written((w) => writeSackHead(w, 0x7fffffff, 100_000, 0, 0));
    const sack = new SackChunk();
    sack.read(bad, 4, bad.length - 4);
    // The TSN is chosen to lie ahead of whatever the Initial TSN is.
    const verdicts = [0, 0x40000000, 0x80000000, 0xc0000000].map((tsn) => {
      const chunk = written((w) => writeSackHead(w, tsn, 100_000, 0, 0));
      return give(server, 0, packet(serverTag, chunk));
    });
    expect(verdicts).toContain(Verdict.malformed);
    expect(server.state).toBe('closed');
    expect(packetsOf(server, 0).map((p) => chunkTypes(p.bytes))).toEqual([[ChunkType.abort]]);
  });

  it('ends with ABORT on DATA without user data (RFC 9260 6.2)', () => {
    const { server, serverTag } = established();
    const data = new Uint8Array(16);
    data[1] = 3;
    data[3] = 16;
    expect(give(server, 0, packet(serverTag, data))).toBe(Verdict.malformed);
    expect(packetsOf(server, 0).map((p) => chunkTypes(p.bytes))).toEqual([[ChunkType.abort]]);
  });

  it('acts on unknown chunks as their type asks (RFC 9260 3.2)', () => {
    const heartbeat = fromHex('0400000c0001000812345678');
    const outcome = (type: number) => {
      const { server, serverTag } = established();
      const verdict = give(server, 0, packet(serverTag, Uint8Array.of(type, 0, 0, 4), heartbeat));
      return [verdict, ...packetsOf(server, 0).flatMap((p) => chunkTypes(p.bytes))];
    };
    expect(outcome(0x3f)).toEqual([Verdict.unsupported]);
    expect(outcome(0x7f)).toEqual([Verdict.unsupported, ChunkType.error]);
    expect(outcome(0xbf)).toEqual([Verdict.consumed, ChunkType.heartbeatAck]);
    expect(outcome(0xff)).toEqual([Verdict.consumed, ChunkType.error, ChunkType.heartbeatAck]);
  });

  it('leaves packets for other ports to others, and those with a wrong checksum alone', () => {
    const { server, serverTag } = established();
    const bytes = packet(serverTag, abort);
    bytes[11] ^= 1;
    expect(give(server, 0, bytes)).toBe(Verdict.unauthenticated);
    bytes[1] ^= 1;
    expect(give(server, 0, bytes)).toBe(Verdict.notMine);
    expect(server.state).toBe('established');
  });
});
