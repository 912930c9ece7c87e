/**
 * `npm run interop -- libsrtp`: our SRTP and Debian's libsrtp2, both ways, in every profile that both have: 10^5 random packets
 * each through loss, reordering of 1 000 places, copies and forgeries.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SrtpProfile } from '@hawser/srtp';
import { UsageError } from '../../scripts/cli.ts';
import { type Exchange, runExchange } from '../libsrtp/exchange.ts';
import { LibsrtpSide } from '../libsrtp/side.ts';
import type { InteropCase, RunPeer } from '../src/index.ts';
import { debianVersion, installDebian } from '../stacks/debian.ts';

const SOURCE = fileURLToPath(new URL('../libsrtp', import.meta.url));
const BUILD = `${SOURCE}/build`;
const PROGRAM = `${BUILD}/libsrtp-side`;
const LIBRARY = 'libsrtp2-dev';
const PACKETS = 100_000;
/** Of the cases that are about something else than the profile. */
const FEWER_PACKETS = 20_000;
/** How much less is exchanged when it is to be quick. */
const QUICK_DIVISOR = 10;
const SEED = 1;

const MKI = Uint8Array.of(0xe1, 0xf9, 0x7a, 0x0d);

const cm128 = { profile: SrtpProfile.aes128CmHmacSha1_80, keyBytes: 16, saltBytes: 14 } as const;
const gcm128 = { profile: SrtpProfile.aeadAes128Gcm, keyBytes: 16, saltBytes: 12 } as const;
const gcm256 = { profile: SrtpProfile.aeadAes256Gcm, keyBytes: 32, saltBytes: 12 } as const;

/**
 * AES-192 is not among them: with Debian's build of libsrtp2, which uses NSS, no packet opens either way. The test
 * vectors hold one that was made with OpenSSL.
 */
const EXCHANGES: readonly Exchange[] = [
  { name: 'AES_CM_128_HMAC_SHA1_80', ...cm128, packets: PACKETS },
  { name: 'AES_CM_128_HMAC_SHA1_32', ...cm128, profile: SrtpProfile.aes128CmHmacSha1_32, packets: PACKETS },
  { name: 'AEAD_AES_128_GCM', ...gcm128, packets: PACKETS },
  { name: 'AEAD_AES_256_GCM', ...gcm256, packets: PACKETS },
  {
    name: 'AES_256_CM_HMAC_SHA1_80',
    ...cm128,
    profile: SrtpProfile.aes256CmHmacSha1_80,
    keyBytes: 32,
    packets: PACKETS,
  },
  {
    name: 'AES_256_CM_HMAC_SHA1_32',
    ...cm128,
    profile: SrtpProfile.aes256CmHmacSha1_32,
    keyBytes: 32,
    packets: PACKETS,
  },
  { name: 'NULL_HMAC_SHA1_80', ...cm128, profile: SrtpProfile.nullHmacSha1_80, packets: PACKETS },
  { name: 'AES_CM_128_HMAC_SHA1_80-MKI', ...cm128, packets: FEWER_PACKETS, mki: MKI },
  { name: 'AEAD_AES_128_GCM-MKI', ...gcm128, packets: FEWER_PACKETS, mki: MKI },
  {
    name: 'AES_CM_128_HMAC_SHA1_80-encrypted-extensions',
    ...cm128,
    packets: FEWER_PACKETS,
    encryptedExtensions: [1, 3],
  },
  {
    name: 'AEAD_AES_128_GCM-encrypted-extensions',
    ...gcm128,
    packets: FEWER_PACKETS,
    encryptedExtensions: [1, 3],
  },
];

export const run: RunPeer = async ({ cases, quick, say }) => {
  const known = EXCHANGES.map(({ name }) => name);
  for (const name of cases) {
    if (!known.includes(name)) throw new UsageError(`no case ${name}; there are: ${known.join('; ')}`);
  }
  const missing = build(say);
  if (missing !== undefined) return { unavailable: missing };
  const side = new LibsrtpSide(PROGRAM);
  const results: InteropCase[] = [];
  try {
    const version = `${await side.version()}, Debian ${debianVersion(LIBRARY)}`;
    for (const exchange of EXCHANGES) {
      if (cases.length > 0 && !cases.includes(exchange.name)) continue;
      const packets = quick ? exchange.packets / QUICK_DIVISOR : exchange.packets;
      const result = await runExchange({ ...exchange, packets }, side, SEED).catch(
        ({ message }: Error): InteropCase => ({ name: exchange.name, ok: false, figures: {}, note: message }),
      );
      say(`${result.ok ? 'ok    ' : 'FAILED'} ${result.name} ${result.note}`);
      results.push(result);
    }
    return { peer: 'libsrtp', version, ok: results.every(({ ok }) => ok), cases: results };
  } finally {
    side.close();
  }
};

function build(say: (text: string) => void): string | undefined {
  const missing = installDebian(['gcc', 'libc6-dev', LIBRARY], say);
  if (missing !== undefined) return missing;
  const source = `${SOURCE}/libsrtp-side.c`;
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(source).mtimeMs) return undefined;
  say('building libsrtp-side');
  mkdirSync(BUILD, { recursive: true });
  try {
    execFileSync('gcc', ['-O2', '-o', PROGRAM, source, '-lsrtp2'], { stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return `libsrtp-side does not build: ${(error as Error & { stderr?: Buffer }).stderr?.toString().trim()}`;
  }
}
