/**
 * `npm run interop -- openssl`: DTLS 1.2 against Debian's `openssl s_server` and `s_client`, on loopback through a relay of
 * ours that loses datagrams: every suite and kind of certificate, both roles. OpenSSL 3.0 has no DTLS 1.3.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AeadAlgorithm, generateCertificate, type KeyKind } from '@hawser/dtls';
import { NodeSecureRandom } from '@hawser/node';
import { UsageError } from '../../scripts/cli.ts';
import { type Certificates, type HandshakeCase, runHandshake } from '../openssl/handshake-case.ts';
import { opensslVersion, writePemFile } from '../openssl/openssl-process.ts';
import type { InteropCase, RunPeer } from '../src/index.ts';

const LOSSES = [0, 10, 30] as const;
/** UDP payload that a narrow path of ours takes. */
const NARROW_BYTES = 600;
/** Handshakes under way at once: each waits for openssl's timers of a second, and hardly computes. */
const AT_ONCE = 6;

const CIPHERS: readonly AeadAlgorithm[] = ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'];
const KINDS: readonly KeyKind[] = ['p256', 'rsa'];
const GROUP_NAMES = ['X25519', 'P-256', 'P-384'] as const;
const SRTP_PROFILES = [1, 2, 7, 8] as const;

/** Every role, cipher and kind of certificate under every harm; groups and SRTP profiles take turns. */
function allCases(): HandshakeCase[] {
  const cases: HandshakeCase[] = [];
  const harms = [
    ...LOSSES.map((lossPercent) => ({ name: `loss-${lossPercent}`, lossPercent, mtuBytes: undefined })),
    { name: `mtu-${NARROW_BYTES}`, lossPercent: 0, mtuBytes: NARROW_BYTES },
  ];
  for (const ourRole of ['client', 'server'] as const) {
    for (const cipher of CIPHERS) {
      for (const keyKind of KINDS) {
        for (const { name, lossPercent, mtuBytes } of harms) {
          const seed = cases.length + 1;
          cases.push({
            name: `${ourRole}-${keyKind}-${cipher}-${name}`,
            ourRole,
            keyKind,
            cipher,
            group: GROUP_NAMES[seed % GROUP_NAMES.length],
            srtpProfile: SRTP_PROFILES[Math.floor(seed / GROUP_NAMES.length) % SRTP_PROFILES.length],
            harm: { lossPercent, mtuBytes, seed },
          });
        }
      }
    }
  }
  return cases;
}

export const run: RunPeer = async ({ cases, say }) => {
  const known = allCases();
  for (const name of cases) {
    if (known.some((one) => one.name === name)) continue;
    throw new UsageError(`no case ${name}; there are: ${known.map((one) => one.name).join(', ')}`);
  }
  const version = opensslVersion();
  if (version === undefined) return { unavailable: 'there is no command openssl' };
  const wanted = known.filter(({ name }) => cases.length === 0 || cases.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'hawser-openssl-'));
  try {
    const certificates = makeCertificates(folder);
    const results = new Array<InteropCase>(wanted.length);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < wanted.length; i = next++) {
        results[i] = await runOne(wanted[i], certificates);
        say(`${results[i].ok ? 'ok    ' : 'FAILED'} ${wanted[i].name} ${results[i].note}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { peer: 'openssl', version, ok: results.every(({ ok }) => ok), cases: results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function makeCertificates(folder: string): Certificates {
  const make = (keyKind: KeyKind) => {
    const certificate = generateCertificate({ unixMs: Date.now(), secure: new NodeSecureRandom(), keyKind });
    return { certificate, pem: writePemFile(folder, keyKind, certificate) };
  };
  return { p256: make('p256'), rsa: make('rsa') };
}

async function runOne(one: HandshakeCase, certificates: Certificates): Promise<InteropCase> {
  const note = `DTLS 1.2, ${one.group}, SRTP profile ${one.srtpProfile}`;
  try {
    return { name: one.name, ok: true, figures: await runHandshake(one, certificates), note };
  } catch (error) {
    return { name: one.name, ok: false, figures: {}, note: `${note}: ${(error as Error).message}` };
  }
}
