import { ANY_PATH, createSlot, NEVER, PacketClass, type PathInfo, type Slot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { seededEnv } from '../test/support/env.ts';
import { connectedPair, createPair, deliver, drain, type Pair, pump, type Side } from '../test/support/pair.ts';
import { Alert } from './alert.ts';
import { DtlsConnection, DtlsError, generateCertificate, RECORD_OVERHEAD, recordLength } from './index.ts';

/** A slot with `text` as payload. */
function slotWith(text: string): Slot {
  const slot = createSlot(1500);
  slot.length = new TextEncoder().encodeInto(text, slot.buffer.subarray(slot.offset)).written;
  return slot;
}

function text(slot: Slot): string {
  return new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length));
}

function datagramOf(slot: Slot): Uint8Array {
  return slot.buffer.slice(slot.offset, slot.offset + slot.length);
}

/** A slot that holds a copy of `record`. */
function slotOf(record: Uint8Array): Slot {
  const slot = createSlot(1500);
  slot.buffer.set(record, slot.offset);
  slot.length = record.length;
  return slot;
}

function sealed(side: Side, payload = 'data'): Uint8Array {
  const slot = slotWith(payload);
  expect(side.connection.seal(slot)).toBe(Verdict.consumed);
  return datagramOf(slot);
}

describe('a handshake between two of ours', () => {
  it('connects, agrees on keys, and knows the certificates', () => {
    const { client, server } = connectedPair();
    expect(client.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
    expect(server.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
    expect(client.connection.state).toBe('connected');
    const label = 'EXTRACTOR-dtls_srtp';
    const ours = client.connection.exportKeyingMaterial(label, undefined, 60);
    expect(ours).toEqual(server.connection.exportKeyingMaterial(label, undefined, 60));
    expect(ours).not.toEqual(client.connection.exportKeyingMaterial(label, new Uint8Array(0), 60));
    expect(client.connection.remoteCertificate).toEqual(server.certificate.der);
    expect(server.connection.remoteCertificate).toEqual(client.certificate.der);
    expect(client.connection.pollTimeout()).toBe(NEVER);
    expect(server.connection.pollTimeout()).toBe(NEVER);
  });

  it('takes two round trips, and a flight fits one datagram', () => {
    const { client, server } = connectedPair();
    expect([client.sent.length, server.sent.length]).toEqual([2, 2]);
    expect(client.connection.stats().flightsRepeated).toBe(0);
  });

  it('costs one more round trip with a cookie', () => {
    const { client, server } = connectedPair(1, {}, { requireCookie: true });
    expect(client.connection.state).toBe('connected');
    expect([client.sent.length, server.sent.length]).toEqual([3, 3]);
    expect(client.connection.stats().helloVerifyRequests).toBe(1);
    // RFC 6347 4.2.1: HelloVerifyRequest and ServerHello repeat the record number of the ClientHello.
    expect([server.sent[0][10], server.sent[1][10]]).toEqual([0, 1]);
    // And message_seq goes on where the ClientHello was.
    expect([server.sent[0][18], server.sent[1][18]]).toEqual([0, 1]);
  });

  it('a server that asks for a cookie numbers its records as the hellos that it answers (RFC 6347 4.2.1)', () => {
    const pair = createPair(1, {}, { requireCookie: true });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    drain(pair.client, 0); // lost; its repetition is record 1
    pair.client.connection.handleTimeout(100);
    pair.now = 100;
    pump(pair);
    expect(pair.client.connection.state).toBe('connected');
    expect([pair.server.sent[0][10], pair.server.sent[1][10]]).toEqual([1, 2]);
  });

  it.each([256, 300, 548])('fits into an MTU of %i', (mtuBytes) => {
    const { client, server } = connectedPair(1, { mtuBytes }, { mtuBytes });
    expect(client.connection.state).toBe('connected');
    expect(server.connection.state).toBe('connected');
    for (const datagram of [...client.sent, ...server.sent]) expect(datagram.length).toBeLessThanOrEqual(mtuBytes);
  });

  it('goes by the smallest MTU of the paths', () => {
    const pair = createPair();
    const info: PathInfo = {
      state: 'active',
      mtuBytes: 400,
      srttMs: 0,
      rttVarMs: 0,
      lossRatio: 0,
      egress: undefined,
      cost: 0,
    };
    pair.server.connection.handlePath(0, 3, info);
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    pump(pair);
    expect(pair.client.connection.state).toBe('connected');
    expect(Math.max(...pair.server.sent.map(({ length }) => length))).toBeLessThanOrEqual(400);
  });

  it('marks its packets as control, for any path', () => {
    const { client } = createPair();
    client.connection.start(0);
    const slot = createSlot();
    expect(client.connection.pollTransmit(0, slot)).toBe(true);
    expect(slot).toMatchObject({ path: ANY_PATH, cls: PacketClass.control, offset: 80 });
    expect(client.connection.pollTransmit(0, slot)).toBe(false);
  });

  it('chooses the SRTP profile that the server likes best', () => {
    const { client, server } = connectedPair(1, { srtpProfiles: [1, 2, 7] }, { srtpProfiles: [8, 7, 1] });
    expect([client.connection.srtpProfile, server.connection.srtpProfile]).toEqual([7, 7]);
  });

  it.each([
    [[1], [2]],
    [[], [1]],
    [[1], []],
  ])('connects without SRTP when there is no profile in common: %j and %j', (ours, theirs) => {
    const { client, server } = connectedPair(1, { srtpProfiles: ours }, { srtpProfiles: theirs });
    expect(client.events).toEqual([{ type: 'connected', srtpProfile: undefined }]);
    expect(server.events).toEqual([{ type: 'connected', srtpProfile: undefined }]);
  });

  it.each(['sha-256', 'sha-384', 'sha-512'] as const)('knows fingerprints of %s', (algorithm) => {
    const env = seededEnv(5);
    const certificate = generateCertificate(env);
    const remoteFingerprints = [{ algorithm, value: certificate.fingerprint(algorithm).toLowerCase() }];
    const { client } = connectedPair(1, { remoteFingerprints }, { certificate });
    expect(client.connection.state).toBe('connected');
  });
});

describe('failures', () => {
  function failed(side: Side) {
    const last = side.events.at(-1);
    expect(side.connection.state).toBe('failed');
    return last?.type === 'error' ? last.error : undefined;
  }

  /** What came in the clear is doubted for a second; nothing refutes it. */
  function decided(pair: Pair, now = 1000): Pair {
    pair.now = now;
    for (const { connection } of [pair.client, pair.server]) connection.handleTimeout(now);
    pump(pair);
    return pair;
  }

  const wrong = [{ algorithm: 'sha-256', value: Array(32).fill('00').join(':') }];

  it('a client refuses a server whose certificate has another fingerprint', () => {
    const pair = connectedPair(1, { remoteFingerprints: wrong });
    const { client, server } = pair;
    expect(client.connection.state).toBe('connecting');
    decided(pair);
    expect(failed(client)).toMatchObject({ code: 'fingerprint-mismatch', alert: Alert.badCertificate });
    expect(client.connection.remoteCertificate).toBeUndefined();
    expect(client.connection.pollTimeout()).toBe(NEVER);
    // The alert came in the clear: doubted for a second, since nothing refutes it believed.
    expect(server.connection.state).toBe('connecting');
    decided(pair, 2000);
    expect(failed(server)).toMatchObject({ code: 'peer-alert', alert: Alert.badCertificate });
  });

  it('a server refuses a client whose certificate has another fingerprint', () => {
    const pair = decided(connectedPair(1, {}, { remoteFingerprints: wrong }));
    const { server, client } = pair;
    expect(failed(server)).toMatchObject({ code: 'fingerprint-mismatch' });
    decided(pair, 2000);
    expect(failed(client)).toMatchObject({ code: 'peer-alert' });
  });

  it('a strong fingerprint that is wrong is not saved by a weaker one that is right', () => {
    const certificate = generateCertificate(seededEnv(9));
    const remoteFingerprints = [
      { algorithm: 'sha-256', value: certificate.fingerprint() },
      { algorithm: 'sha-512', value: Array(64).fill('00').join(':') },
    ];
    const { client } = decided(connectedPair(1, { remoteFingerprints }, { certificate }));
    expect(failed(client)).toMatchObject({ code: 'fingerprint-mismatch' });
  });

  it('nobody answers: the flight is repeated at 100, 300, 700, 1500 ms and so on, then timeout', () => {
    const { client } = createPair();
    client.connection.start(0);
    const at: number[] = [];
    for (let now = 0; now !== NEVER; now = client.connection.pollTimeout()) {
      client.connection.handleTimeout(now);
      if (drain(client, now).length > 0) at.push(now);
    }
    // Doubling from 100; the last packet is the alert of the timeout.
    expect(at).toEqual([0, 100, 300, 700, 1500, 3100, 6300, 12_700, 25_500, 30_000]);
    expect(failed(client)).toMatchObject({ code: 'timeout' });
  });

  it('a forged alert in the clear does not stop a handshake', () => {
    const pair = createPair();
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const alert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40);
    deliver(pair.client, 0, alert);
    pair.client.connection.handleTimeout(999);
    expect(pair.client.connection.state).toBe('connecting');
    pair.now = 999;
    pump(pair);
    pair.client.connection.handleTimeout(5000);
    expect(pair.client.connection.state).toBe('connected');
    expect(deliver(pair.client, 0, alert)).toBe(Verdict.unauthenticated);
    expect(pair.client.connection.state).toBe('connected');
  });
});

describe('once connected', () => {
  it('nothing in the clear is a sign of life: not ChangeCipherSpec, not a warning, not a handshake message', () => {
    const { client, server } = connectedPair();
    const record = (type: number, ...body: number[]) =>
      Uint8Array.of(type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, body.length, ...body);
    for (const side of [client, server]) {
      expect(deliver(side, 0, record(20, 1))).toBe(Verdict.unauthenticated);
      expect(deliver(side, 0, record(21, 1, 90))).toBe(Verdict.unauthenticated);
      expect(deliver(side, 0, record(22, 1, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0, 1, 7))).toBeLessThan(0);
      expect(side.connection.state).toBe('connected');
    }
  });
});

describe('an alert in the clear', () => {
  const alert = (description: number) => Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, description);

  it('is refuted by progress, whether or not the handshake is soon complete', () => {
    const { client, server } = createPair();
    server.connection.start(0);
    client.connection.start(0);
    deliver(client, 0, alert(40));
    for (const datagram of drain(client, 0)) deliver(server, 0, datagram);
    for (const datagram of drain(server, 0)) deliver(client, 0, datagram);
    client.connection.handleTimeout(1500);
    expect(client.connection.state).toBe('connecting');
    deliver(client, 1500, alert(40));
    client.connection.handleTimeout(2499);
    expect(client.connection.state).toBe('connecting');
    client.connection.handleTimeout(2500);
    expect(client.connection.state).toBe('failed');
  });

  it('that is close_notify ends the handshake, when nothing refutes it', () => {
    const { client } = createPair();
    client.connection.start(0);
    deliver(client, 0, alert(0));
    client.connection.handleTimeout(1000);
    drain(client, 1000);
    expect(client.events).toEqual([{ type: 'closed' }]);
  });

  it('that is a warning, or cut short, is nothing', () => {
    const { client } = createPair();
    client.connection.start(0);
    const warning = alert(90);
    warning[13] = 1;
    expect(deliver(client, 0, warning)).toBe(Verdict.consumed);
    const short = alert(40).slice(0, 14);
    short[12] = 1;
    expect(deliver(client, 0, short)).toBe(Verdict.malformed);
    client.connection.handleTimeout(1000);
    expect(client.connection.state).toBe('connecting');
  });
});

describe('application data', () => {
  it('is sealed and opened in place, both ways', () => {
    const { client, server } = connectedPair();
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      const slot = slotWith('over the rope');
      slot.path = 7;
      slot.cls = PacketClass.data;
      expect(from.connection.seal(slot)).toBe(Verdict.consumed);
      expect(slot.length).toBe('over the rope'.length + RECORD_OVERHEAD);
      expect(recordLength(slot.buffer, slot.offset, slot.length)).toBe(slot.length);
      expect(to.connection.open(slot)).toBe(Verdict.consumed);
      expect(text(slot)).toBe('over the rope');
      expect(slot).toMatchObject({ path: 7, cls: PacketClass.data });
    }
  });

  it('takes one copy of a record that came on two paths', () => {
    const { client, server } = connectedPair();
    const record = sealed(client);
    expect(server.connection.open(slotOf(record))).toBe(Verdict.consumed);
    expect(server.connection.open(slotOf(record))).toBe(Verdict.replayed);
  });

  it('takes records that lag thousands behind, and none that the window has left', () => {
    const { client, server } = connectedPair();
    const records = Array.from({ length: 8300 }, () => sealed(client));
    expect(server.connection.open(slotOf(records[8299]))).toBe(Verdict.consumed);
    expect(server.connection.open(slotOf(records[8299 - 8191]))).toBe(Verdict.consumed);
    expect(server.connection.open(slotOf(records[8299 - 8192]))).toBe(Verdict.tooOld);
  });

  it('a forged record changes nothing, not even the window', () => {
    const { client, server } = connectedPair();
    const record = sealed(client);
    const forged = record.slice();
    forged[8] = 0xff; // a number far ahead
    const slot = slotOf(forged);
    const before = slot.buffer.slice();
    expect(server.connection.open(slot)).toBe(Verdict.unauthenticated);
    expect(slot.buffer).toEqual(before);
    expect(slot).toMatchObject({ offset: 80, length: record.length });
    expect(server.connection.open(slotOf(record))).toBe(Verdict.consumed);
    expect(server.connection.stats()).toMatchObject({ recordsOpened: 1, verdicts: { unauthenticated: 1 } });
  });

  it('is refused before we are connected, and kept out of handleDatagram', () => {
    const pair = createPair();
    pair.server.connection.start(0);
    const slot = slotWith('early');
    expect(pair.server.connection.seal(slot)).toBe(Verdict.unexpected);
    expect(pair.server.connection.open(slotOf(sealed(connectedPair().client)))).toBe(Verdict.unexpected);
    const connected = connectedPair();
    expect(deliver(connected.server, 0, sealed(connected.client))).toBe(Verdict.notMine);
  });

  it('open refuses other records, several records, and what is none', () => {
    const { client, server } = connectedPair();
    const record = sealed(client);
    expect(server.connection.open(slotOf(Uint8Array.of(...record, ...record)))).toBe(Verdict.malformed);
    expect(server.connection.open(slotOf(record.subarray(0, 30)))).toBe(Verdict.malformed);
    expect(server.connection.open(slotOf(client.sent[1]))).toBe(Verdict.malformed);
    expect(server.connection.open(slotOf(Uint8Array.of(20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1)))).toBe(
      Verdict.notMine,
    );
    expect(server.connection.open(slotOf(Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 1)))).toBe(
      Verdict.malformed,
    );
  });

  it('seal refuses what is too long, and throws for a slot without room', () => {
    const { client } = connectedPair();
    const large = createSlot(20_000);
    large.length = 16_385;
    expect(client.connection.seal(large)).toBe(Verdict.overLimit);
    large.length = 16_384;
    expect(client.connection.seal(large)).toBe(Verdict.consumed);
    const tight = { ...createSlot(100), offset: 20, length: 10 };
    expect(() => client.connection.seal(tight)).toThrow(DtlsError);
    const full = createSlot(100);
    full.length = full.buffer.length - full.offset - 15;
    expect(() => client.connection.seal(full)).toThrow('16 behind');
  });
});

describe('repeated flights', () => {
  /** Up to the server's last flight, which is lost. */
  function lastFlightLost(): Pair {
    const pair = createPair();
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    drain(pair.server, 0);
    expect(pair.server.connection.state).toBe('connected');
    expect(pair.client.connection.state).toBe('connecting');
    return pair;
  }

  it('a server repeats its last flight when the client repeats its own (RFC 6347 4.2.4)', () => {
    const pair = lastFlightLost();
    pair.client.connection.handleTimeout(100);
    pump(pair);
    expect(pair.client.connection.state).toBe('connected');
    expect(pair.server.connection.stats().flightsRepeated).toBe(1);
  });

  it('a server repeats its flight for a repeated ClientHello, but not for a copy of it that came by another path', () => {
    const { client, server } = createPair();
    server.connection.start(0);
    client.connection.start(0);
    const [hello] = drain(client, 0);
    deliver(server, 0, hello);
    const flight = drain(server, 0);
    deliver(server, 0, hello);
    expect(drain(server, 0)).toEqual([]);
    client.connection.handleTimeout(100);
    const [repeated] = drain(client, 100);
    deliver(server, 100, repeated);
    expect(drain(server, 100).length).toBe(flight.length);
    deliver(server, 100, repeated);
    expect(drain(server, 100)).toEqual([]);
    // It waits as long as before from now on.
    expect(server.connection.pollTimeout()).toBe(200);
  });

  it('a copy of the same records is not a repetition', () => {
    const pair = lastFlightLost();
    const flight = pair.client.sent[1];
    deliver(pair.server, 0, flight);
    expect(drain(pair.server, 0)).toEqual([]);
    const hello = pair.client.sent[0];
    deliver(pair.server, 0, hello);
    expect(drain(pair.server, 0)).toEqual([]);
  });

  it('a Finished that overtakes the flight before it is kept', () => {
    const pair = createPair(1, { mtuBytes: 256 });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    const flight = drain(pair.client, 0);
    expect(flight.length).toBeGreaterThan(2);
    for (const datagram of flight.reverse()) deliver(pair.server, 0, datagram);
    expect(pair.server.connection.state).toBe('connected');
  });

  it('once only Finished is awaited nothing in the clear counts, not even a Finished', () => {
    const pair = createPair();
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    // message_seq 5 is the server's Finished.
    for (const type of [11, 20]) {
      const body = [type, 0, 0, 12, 0, 5, 0, 0, 0, 0, 0, 12, ...Array(12).fill(7)];
      const forged = Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 40, 0, body.length, ...body);
      expect(deliver(pair.client, 0, forged)).toBe(Verdict.unexpected);
    }
    pump(pair);
    expect(pair.client.connection.state).toBe('connected');
  });

  it('what is handed in is not written to, though decryption is in place', () => {
    const pair = lastFlightLost();
    const flight = pair.server.sent[1].slice();
    const before = flight.slice();
    expect(deliver(pair.client, 0, flight)).toBe(Verdict.consumed);
    expect(pair.client.connection.state).toBe('connected');
    expect(flight).toEqual(before);
  });

  it('after three timeouts packets are small, in case it is their size that loses them (RFC 6347 4.1.1.1)', () => {
    const { client, server } = createPair();
    server.connection.start(0);
    client.connection.start(0);
    for (const datagram of drain(client, 0)) deliver(server, 0, datagram);
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      sizes.push(Math.max(...drain(server, server.connection.pollTimeout()).map(({ length }) => length)));
      server.connection.handleTimeout(server.connection.pollTimeout());
    }
    expect(sizes[0]).toBeGreaterThan(548);
    expect(sizes[2]).toBe(sizes[0]);
    expect(sizes[3]).toBeLessThanOrEqual(548);
  });

  it('a measured round trip decides the timeout', () => {
    const { client } = createPair();
    const info: PathInfo = {
      state: 'active',
      mtuBytes: 1400,
      srttMs: 200,
      rttVarMs: 25,
      lossRatio: 0,
      egress: undefined,
      cost: 0,
    };
    client.connection.handlePath(0, 1, { ...info, srttMs: 20, rttVarMs: 1 });
    client.connection.handlePath(0, 2, info);
    client.connection.handlePath(0, 3, { ...info, srttMs: 900, state: 'standby' });
    client.connection.start(0);
    expect(client.connection.pollTimeout()).toBe(300);
  });
});

describe('renegotiation and the end', () => {
  it.each([0, 1])('handshake type %i under keys is refused with a warning', (type) => {
    const { client, server } = connectedPair();
    const records = server.sealAs(22, Uint8Array.of(type, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0));
    expect(deliver(client, 0, records)).toBe(Verdict.unexpected);
    const [answer] = drain(client, 0);
    expect(answer[0]).toBe(21);
    expect(client.connection.stats()).toMatchObject({ renegotiationsRefused: 1, alertsSent: 1 });
    expect(deliver(server, 0, answer)).toBe(Verdict.consumed);
    expect(server.connection.state).toBe('connected');
  });

  it('close tells the peer, which ends too and answers', () => {
    const pair = connectedPair();
    const { client, server } = pair;
    client.connection.close(5);
    pump(pair);
    expect(client.events.at(-1)).toEqual({ type: 'closed' });
    expect(server.events.at(-1)).toEqual({ type: 'closed' });
    expect(server.connection.seal(slotWith('late'))).toBe(Verdict.unexpected);
    expect(() => client.connection.exportKeyingMaterial('x', undefined, 1)).toThrow(DtlsError);
    client.connection.close(6);
    pump(pair);
    expect(client.events.length).toBe(2);
    expect(server.connection.pollTimeout()).toBe(NEVER);
  });

  it('a fatal alert under keys ends the connection', () => {
    const { client, server } = connectedPair();
    deliver(client, 0, server.sealAs(21, Uint8Array.of(2, 80)));
    drain(client, 0);
    expect(client.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'peer-alert', alert: 80 } });
    expect(drain(client, 0)).toEqual([]);
  });

  it('close before start is the end of it', () => {
    const { client } = createPair();
    client.connection.close(0);
    expect(drain(client, 0)).toEqual([]);
    expect(client.events).toEqual([{ type: 'closed' }]);
    expect(() => client.connection.start(0)).toThrow(DtlsError);
  });
});

describe('misuse', () => {
  const certificate = generateCertificate(seededEnv(1));
  const remoteFingerprints = [{ algorithm: 'sha-256', value: certificate.fingerprint() }];
  const good = { role: 'client', certificate, remoteFingerprints } as const;

  it.each([
    { role: 'neither' as 'client' },
    { remoteFingerprints: [] },
    { remoteFingerprints: [{ algorithm: 'sha-1', value: 'AB' }] },
    { remoteFingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] },
    { mtuBytes: 255 },
    { mtuBytes: 1200.5 },
    { initialRtoMs: 9 },
    { initialRtoMs: Number.NaN },
    { handshakeTimeoutMs: 999 },
    { replayWindow: 63 },
    { srtpProfiles: [65_536] },
    { srtpProfiles: Array(33).fill(1) },
  ])('configuration %j', (bad) => {
    expect(() => new DtlsConnection({ ...good, ...bad }, seededEnv(1))).toThrow(DtlsError);
  });

  it('a certificate that RFC 5280 has no way to write', () => {
    const { secure } = seededEnv(1);
    expect(() => generateCertificate({ unixMs: 0, secure, commonName: '' })).toThrow(DtlsError);
    expect(() => generateCertificate({ unixMs: 0, secure, commonName: 'x'.repeat(65) })).toThrow(DtlsError);
    expect(() => generateCertificate({ unixMs: 0, secure, validityMs: 0 })).toThrow(DtlsError);
    expect(() => generateCertificate({ unixMs: Number.NaN, secure })).toThrow(DtlsError);
    expect(() => generateCertificate({ unixMs: 1e15, secure })).toThrow(DtlsError);
  });

  it('start twice, export too early or too much, a slot too small', () => {
    const { client } = createPair();
    expect(() => client.connection.exportKeyingMaterial('x', undefined, 1)).toThrow(DtlsError);
    client.connection.start(0);
    expect(() => client.connection.start(0)).toThrow(DtlsError);
    expect(() => client.connection.pollTransmit(0, createSlot(255))).toThrow(DtlsError);
    const connected = connectedPair().client.connection;
    expect(() => connected.exportKeyingMaterial('x', undefined, 0)).toThrow(DtlsError);
    expect(() => connected.exportKeyingMaterial('x', new Uint8Array(65_536), 1)).toThrow(DtlsError);
  });

  it('a clock that goes back is clamped and counted', () => {
    const { client } = createPair();
    client.connection.start(50);
    client.connection.handleTimeout(20);
    expect(client.connection.pollTimeout()).toBe(150);
    const into = client.connection.stats();
    expect(into.clockSteppedBack).toBe(1);
    expect(client.connection.stats(into)).toBe(into);
  });

  it('neither certificate nor connection shows a secret when printed', () => {
    const { client } = connectedPair();
    expect(Object.keys(client.certificate.privateKey)).toEqual(['kind', 'publicKey']);
    expect(JSON.stringify(client.connection)).toBe('{}');
  });
});
