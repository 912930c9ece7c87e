/** Handshakes over one to three bad paths: they complete, with the same keys on both sides, and data follows. */
import { type Pair, runPair } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import {
  type DtlsConfig,
  DtlsConnection,
  type DtlsVersion,
  deterministicCrypto,
  generateCertificate,
} from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { hex } from '../support/hex.ts';
import { OverPaths } from '../support/over-paths.ts';

const client = generateCertificate(seededEnv(1), deterministicCrypto);
const server = generateCertificate(seededEnv(2), deterministicCrypto);

interface Scenario {
  readonly paths: { delayMs: number; loss: number; jitterMs?: number; duplicate?: number }[];
  readonly copies: number;
  readonly config?: Partial<DtlsConfig>;
}

function run(seed: number, version: DtlsVersion, { paths, copies, config }: Scenario): Pair<OverPaths, OverPaths> {
  const side = (role: 'client' | 'server') => (env: ConstructorParameters<typeof DtlsConnection>[1]) => {
    const [own, peer] = role === 'client' ? [client, server] : [server, client];
    const remoteFingerprints = [{ algorithm: 'sha-256', value: peer.fingerprint() }];
    const crypto = deterministicCrypto;
    const full: DtlsConfig = { role, certificate: own, remoteFingerprints, crypto, versions: [version], ...config };
    return new OverPaths(new DtlsConnection(full, env), paths.length, copies);
  };
  const laid = paths.map((path) => ({ keepsOrder: false, ...path }));
  const pair = runPair(side('client'), side('server'), { seed, paths: laid });
  pair.b.act(({ dtls }, now) => dtls.start(now));
  pair.a.act(({ dtls }, now) => dtls.start(now));
  return pair;
}

const isConnected = ({ type }: { type: string }) => type === 'connected';

describe.each<DtlsVersion>(['1.2', '1.3'])('handshakes of DTLS %s over bad paths', (version) => {
  it.each<[string, Scenario]>([
    ['one path, 30 % loss', { paths: [{ delayMs: 20, loss: 0.3, jitterMs: 30 }], copies: 1 }],
    [
      'one path, 20 % loss, small packets',
      { paths: [{ delayMs: 5, loss: 0.2 }], copies: 1, config: { mtuBytes: 256 } },
    ],
    [
      'one path, 30 % loss, cookie',
      { paths: [{ delayMs: 40, loss: 0.3 }], copies: 1, config: { requireCookie: true } },
    ],
    ['one slow path, far above the first timeout', { paths: [{ delayMs: 400, loss: 0.1 }], copies: 1 }],
    [
      'two unequal paths by turns, 20 % loss and copies in the network',
      {
        paths: [
          { delayMs: 10, loss: 0.2, duplicate: 0.2 },
          { delayMs: 150, loss: 0.2, jitterMs: 50, duplicate: 0.2 },
        ],
        copies: 1,
      },
    ],
    [
      'three paths, every packet on two of them, one path dead',
      {
        paths: [
          { delayMs: 10, loss: 0.3 },
          { delayMs: 80, loss: 0.3, jitterMs: 40 },
          { delayMs: 1, loss: 1 },
        ],
        copies: 2,
      },
    ],
  ])('%s', (_name, scenario) => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = run(seed, version, scenario);
      pair.runUntil(() => pair.a.events.some(isConnected) && pair.b.events.some(isConnected), 30_000);
      const [a, b] = [pair.a.machine.dtls, pair.b.machine.dtls];
      const label = 'EXTRACTOR-dtls_srtp';
      expect(hex(a.exportKeyingMaterial(label, undefined, 60)), `seed ${seed}`).toBe(
        hex(b.exportKeyingMaterial(label, undefined, 60)),
      );
      for (let i = 0; i < 20; i++) {
        pair.a.act((over) => over.say(`${i}`));
        pair.b.act((over) => over.say(`${i}`));
      }
      pair.runFor(2000);
      for (const { received } of [pair.a.machine, pair.b.machine]) {
        expect(new Set(received).size, `seed ${seed}`).toBe(received.length); // nothing twice
        expect(received.length, `seed ${seed}`).toBeGreaterThan(0);
      }
      // Everything sent again was asked for: no storm.
      expect(a.stats().datagramsSent + b.stats().datagramsSent, `seed ${seed}`).toBeLessThan(150);
    }
  });

  it('without loss nothing is sent twice, and each side is connected with the last flight it waits for', () => {
    const pair = run(1, version, { paths: [{ delayMs: 15, loss: 0 }], copies: 1 });
    // 1.2: two round trips. 1.3: one, and the server half of another later.
    pair.runUntil(() => pair.a.events.some(isConnected));
    expect(pair.clock.now).toBe(version === '1.2' ? 60 : 30);
    pair.runUntil(() => pair.b.events.some(isConnected));
    expect(pair.clock.now).toBe(version === '1.2' ? 60 : 45);
    pair.runFor(1000);
    expect(pair.a.machine.dtls.stats().flightsRepeated + pair.b.machine.dtls.stats().flightsRepeated).toBe(0);
  });
});
