/** Somebody between the two changes what they say. He can stop them; he cannot make them agree on anything else. */
import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import type { DtlsCrypto } from '../../src/dtls-crypto.ts';
import { HandshakeType } from '../../src/handshake/messages/header.ts';
import { type DtlsCertificate, deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { recordEpoch, recordLength } from '../../src/record/record.ts';
import { seededEnv } from '../support/env.ts';
import { hex } from '../support/hex.ts';
import { createPair, deliver, drain, type Pair, pump, type Side } from '../support/pair.ts';

const certificates = [
  generateCertificate(seededEnv(1), deterministicCrypto),
  generateCertificate(seededEnv(2), deterministicCrypto),
];

function fresh(): Pair {
  const [client, server] = certificates;
  const crypto = deterministicCrypto;
  const pair = createPair(7, { certificate: client, crypto }, { certificate: server, crypto });
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  return pair;
}

/** Carries packets to and fro as `pump` does, through `change`. */
function pumpThrough(pair: Pair, change: (from: Side, datagram: Uint8Array) => void, rounds = 12): void {
  for (let round = 0; round < rounds; round++) {
    const now = round;
    const fromClient = drain(pair.client, now);
    const fromServer = drain(pair.server, now);
    for (const datagram of fromClient) {
      change(pair.client, datagram);
      deliver(pair.server, now, datagram);
    }
    for (const datagram of fromServer) {
      change(pair.server, datagram);
      deliver(pair.client, now, datagram);
    }
  }
}

/** Message type and place of the body of every handshake record in the clear. */
function* plainBodies(datagram: Uint8Array): Generator<{ type: number; from: number; to: number }> {
  for (let at = 0; at < datagram.length; ) {
    const total = recordLength(datagram, at, datagram.length - at);
    if (datagram[at] === 22 && recordEpoch(datagram, at) === 0) {
      yield { type: datagram[at + 13], from: at + 25, to: at + total };
    }
    at += total;
  }
}

const PLAIN_MESSAGES = [
  HandshakeType.clientHello,
  HandshakeType.serverHello,
  HandshakeType.certificate,
  HandshakeType.serverKeyExchange,
  HandshakeType.certificateRequest,
  HandshakeType.clientKeyExchange,
  HandshakeType.certificateVerify,
];

/** The same with time passing, so that what is lost or thrown away is repeated and what is doubted is decided. */
function converse(pair: Pair, change: (from: Side, datagram: Uint8Array) => void, untilMs: number): void {
  for (let now = 0; now <= untilMs; now += 50) {
    for (const side of [pair.client, pair.server]) side.connection.handleTimeout(now);
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ]) {
      for (const datagram of drain(from, now)) {
        change(from, datagram);
        deliver(to, now, datagram);
      }
    }
  }
}

function keysOf({ connection }: Side): string | undefined {
  return connection.state === 'connected' ? hex(connection.exportKeyingMaterial('x', undefined, 32)) : undefined;
}

describe('a handshake message changed on its way', () => {
  describe.each(PLAIN_MESSAGES)('type %i: whichever byte', (type) => {
    /** Changes one byte of the first `times` messages of this type. */
    const changing = (at: number, times: number) => {
      let left = times;
      return (_from: Side, datagram: Uint8Array) => {
        for (const body of plainBodies(datagram)) {
          if (body.type === type && left-- > 0) datagram[body.from + at] ^= 1 << (at & 7);
        }
      };
    };
    const bodies: number[] = [];
    pumpThrough(fresh(), (_from, datagram) => {
      for (const body of plainBodies(datagram)) if (body.type === type) bodies.push(body.to - body.from);
    });
    // Every byte of the shortest messages, some of the others.
    const step = 1 + Math.floor(bodies[0] / 30);
    const places = Array.from({ length: Math.ceil(bodies[0] / step) }, (_, i) => i * step);

    it('is changed every time: the two do not connect', () => {
      expect(bodies.length).toBeGreaterThan(0);
      for (const at of places) {
        const pair = fresh();
        converse(pair, changing(at, Number.POSITIVE_INFINITY), 4000);
        const states = [pair.client.connection.state, pair.server.connection.state];
        expect(states.filter((state) => state === 'connected').length, `byte ${at}: ${states}`).toBe(0);
        // A server to which nothing comes that it can read is still waiting for a greeting, and the client for an answer.
        const isUnheard = type === HandshakeType.clientHello && pair.client.connection.stats().flightsSent === 1;
        if (!isUnheard) expect(states, `byte ${at}`).toContain('failed');
      }
    });

    it('is changed once: the two agree on the same keys when it is repeated, or not at all', () => {
      for (const at of places) {
        const pair = fresh();
        converse(pair, changing(at, 1), 4000);
        expect(keysOf(pair.client), `byte ${at}`).toBe(keysOf(pair.server));
      }
    });
  });

  it.each([HandshakeType.certificate, HandshakeType.serverKeyExchange, HandshakeType.certificateVerify])(
    'type %i: forged ahead of the true one, it ends nothing',
    (type) => {
      const pair = fresh();
      let forged = 0;
      const forge = (from: Side, datagram: Uint8Array) => {
        for (const body of plainBodies(datagram)) {
          if (body.type !== type || forged > 0) continue;
          forged++;
          const copy = datagram.slice();
          copy[body.to - 1] ^= 1;
          deliver(from === pair.client ? pair.server : pair.client, 0, copy);
        }
      };
      converse(pair, forge, 3000);
      expect(forged).toBe(1);
      expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
      const { verdicts } = (type === HandshakeType.certificateVerify ? pair.server : pair.client).connection.stats();
      expect(verdicts.unauthenticated).toBeGreaterThan(0);
    },
  );

  it('a greeting that cannot be read ends nothing, however long the true one is in coming', () => {
    const pair = fresh();
    const [hello] = drain(pair.client, 0);
    for (const spoil of [
      (bytes: Uint8Array) => bytes.fill(0xff, 60, 64),
      (bytes: Uint8Array) => bytes.fill(11, 13, 14),
    ]) {
      const forged = hello.slice();
      spoil(forged);
      deliver(pair.server, 0, forged);
    }
    for (const now of [1000, 5000, 20_000]) pair.server.connection.handleTimeout(now);
    expect(pair.server.connection.state).toBe('connecting');
    expect(pair.server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    deliver(pair.server, 20_000, hello);
    expect(drain(pair.server, 20_000).length).toBeGreaterThan(0);
  });

  it('a fragment forged with another length does not lock the true message out', () => {
    const pair = fresh();
    const [hello] = drain(pair.client, 0);
    const forged = hello.slice(0, 13 + 12 + 4);
    forged.set([0, 16], 11); // the record
    forged.set([0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 4], 14); // 4 of 200 bytes
    expect(deliver(pair.server, 0, forged)).toBe(Verdict.consumed);
    deliver(pair.server, 0, hello);
    converse(pair, () => {}, 500);
    expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
  });

  it('a protected Finished that is damaged is as good as lost: its repetition connects', () => {
    const pair = fresh();
    let left = 2;
    const damage = (_from: Side, datagram: Uint8Array): void => {
      for (let at = 0; at < datagram.length; at += recordLength(datagram, at, datagram.length - at)) {
        if (recordEpoch(datagram, at) === 1 && left-- > 0) datagram[at + 30] ^= 4;
      }
    };
    for (let now = 0; now < 2000; now += 100) {
      pair.client.connection.handleTimeout(now);
      pair.server.connection.handleTimeout(now);
      pumpThrough(pair, damage, 4);
    }
    expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
    expect(pair.server.connection.stats().verdicts.unauthenticated).toBe(2);
  });
});

describe('a peer that cheats', () => {
  /** Cryptography that gets the PRF wrong for one label. */
  function wrongFor(label: string): DtlsCrypto {
    const bytes = Buffer.from(label);
    const contains = (message: Uint8Array): boolean => Buffer.from(message).includes(bytes);
    return {
      ...nodeCrypto,
      hmac: (hash, key, message) => nodeCrypto.hmac(hash, key, contains(message) ? message.slice(1) : message),
    };
  }

  function signingWrongly(certificate: DtlsCertificate): DtlsCertificate {
    const { privateKey } = certificate;
    return {
      ...certificate,
      privateKey: {
        kind: privateKey.kind,
        publicKey: privateKey.publicKey,
        sign: (scheme, message) => privateKey.sign(scheme, Uint8Array.of(...message, 0)),
        exportPkcs8: () => privateKey.exportPkcs8(),
      },
    };
  }

  function errorOf(side: Side): string | undefined {
    const event = side.events.at(-1);
    return event?.type === 'error' ? event.error.code : event?.type;
  }

  function run(pair: Pair): Pair {
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    pump(pair);
    // What came in the clear is doubted for a second.
    for (const now of [1000, 2000]) {
      for (const side of [pair.client, pair.server]) side.connection.handleTimeout(now);
      pump(pair);
    }
    return pair;
  }

  it('with a wrong Finished of the client', () => {
    const { server } = run(createPair(1, { crypto: wrongFor('client finished') }));
    expect(errorOf(server)).toBe('bad-finished');
  });

  it('with a wrong Finished of the server', () => {
    const { client, server } = run(createPair(1, {}, { crypto: wrongFor('server finished') }));
    expect(errorOf(client)).toBe('bad-finished');
    // The server was connected by then: it is told under keys.
    expect(errorOf(server)).toBe('peer-alert');
  });

  it('without the private key of the certificate it shows, as server', () => {
    const { client } = run(createPair(1, {}, { certificate: signingWrongly(certificates[0]) }));
    expect(errorOf(client)).toBe('bad-signature');
  });

  it('without the private key of the certificate it shows, as client', () => {
    const { server } = run(createPair(1, { certificate: signingWrongly(certificates[0]) }));
    expect(errorOf(server)).toBe('bad-signature');
  });
});

describe('a flood', () => {
  it('of ClientHellos, each different, costs a bounded memory and at most a flight for each', () => {
    const { server } = createPair(1, {}, { requireCookie: true });
    server.connection.start(0);
    let replies = 0;
    for (let seed = 100; seed < 400; seed++) {
      const other = createPair(seed).client;
      other.connection.start(0);
      for (const hello of drain(other, 0)) deliver(server, 0, hello);
      replies += drain(server, 0).reduce((sum, { length }) => sum + length, 0);
    }
    expect(server.connection.state).toBe('connecting');
    expect(server.connection.stats()).toMatchObject({ reassemblyBytes: 0, helloVerifyRequests: 300 });
    expect(replies / 300).toBeLessThan(100); // a HelloVerifyRequest is smaller than the hello that asked for it
    expect(server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('of ClientHellos without cookies gets one flight: the first hello is it', () => {
    const { server } = createPair(1);
    server.connection.start(0);
    for (let seed = 100; seed < 200; seed++) {
      const other = createPair(seed).client;
      other.connection.start(0);
      for (const hello of drain(other, 0)) deliver(server, 0, hello);
    }
    drain(server, 0);
    expect(server.connection.stats()).toMatchObject({ flightsSent: 1, datagramsSent: 1, flightsRepeated: 0 });
  });

  it('of early protected records and first fragments is bounded', () => {
    const { server } = createPair(1);
    server.connection.start(0);
    const record = new Uint8Array(600);
    record.set([22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0x4b]);
    let kept = 0;
    for (let i = 0; i < 1000; i++) {
      if (server.connection.handleDatagram(0, 0, record, 0, 600) === Verdict.consumed) kept++;
      const size = 13 + 100;
      record[11] = 0;
      record[12] = 100;
      if (server.connection.handleDatagram(0, 0, record, 0, size) === Verdict.consumed) kept++;
      record[11] = 2;
      record[12] = 0x4b;
    }
    expect(kept).toBe(4);
  });
});

describe('datagrams cut, damaged, or made up', () => {
  it('at every stage of a handshake throw nothing, and honest ones still connect or the failure is told', () => {
    const step = fc.record({
      kind: fc.constantFrom('cut', 'flip', 'noise', 'splice', 'again'),
      where: fc.nat(),
      noise: fc.uint8Array({ maxLength: 80 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const pair = fresh();
        let index = 0;
        const seen: Uint8Array[] = [];
        pumpThrough(
          pair,
          (from, datagram) => {
            seen.push(datagram.slice());
            const { kind, where, noise } = steps[index++ % steps.length];
            const to = from === pair.client ? pair.server : pair.client;
            const hostile = damaged(kind, where, noise, datagram, seen);
            const verdict = deliver(to, 0, hostile);
            expect(verdict).toBeGreaterThanOrEqual(Verdict.unsupported);
          },
          8,
        );
        for (const side of [pair.client, pair.server]) {
          const { state } = side.connection;
          const told = side.events.map(({ type }) => type);
          if (state === 'failed') expect(told.filter((type) => type === 'error').length).toBe(1);
          expect(side.connection.stats().reassemblyBytes).toBeLessThanOrEqual(32_768);
        }
        if (pair.client.connection.state === 'connected' && pair.server.connection.state === 'connected') {
          const keys = [pair.client, pair.server].map(({ connection }) =>
            connection.exportKeyingMaterial('x', undefined, 16),
          );
          expect(keys[0]).toEqual(keys[1]);
        }
      }),
      { numRuns: 100 },
    );
  });

  function damaged(
    kind: string,
    where: number,
    noise: Uint8Array,
    datagram: Uint8Array,
    seen: Uint8Array[],
  ): Uint8Array {
    if (kind === 'cut') return datagram.slice(0, where % (datagram.length + 1));
    if (kind === 'noise') return noise;
    if (kind === 'again') return seen[where % seen.length];
    const copy = datagram.slice();
    if (kind === 'flip') copy[(where >> 3) % copy.length] ^= 1 << (where & 7);
    else copy.set(noise.subarray(0, Math.min(noise.length, copy.length)), 0);
    return copy;
  }
});
