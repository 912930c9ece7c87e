/**
 * `npm run interop -- wolfssl`: says whether Debian's wolfSSL could be a peer for DTLS 1.3. It is built without it (5.5.4), and so
 * there is none beside the browsers: OpenSSL 3.0 has no DTLS 1.3, NSS 3.87 that of a draft, GnuTLS and mbed TLS have none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../../scripts/cli.ts';
import type { RunPeer } from '../src/index.ts';
import { debianVersion, installDebian } from '../stacks/debian.ts';

const LIBRARY = 'libwolfssl-dev';
/** What it was built with. */
const OPTIONS = '/usr/include/wolfssl/options.h';

export const run: RunPeer = async ({ cases, say }) => {
  if (cases.length > 0) throw new UsageError('wolfssl has no cases');
  const missing = installDebian([LIBRARY], say);
  if (missing !== undefined) return { unavailable: missing };
  const options = existsSync(OPTIONS) ? readFileSync(OPTIONS, 'utf8') : '';
  const has13 = /^#define WOLFSSL_DTLS13\b/m.test(options);
  const version = debianVersion(LIBRARY) ?? 'unknown';
  return {
    unavailable: has13
      ? `no peer: wolfSSL ${version} has DTLS 1.3, of which this run makes no use`
      : `no peer: wolfSSL ${version} is built without DTLS 1.3`,
  };
};
