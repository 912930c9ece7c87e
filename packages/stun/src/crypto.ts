/** The only file of this package that imports `node:crypto`. */
import { createHash } from 'node:crypto';
import type { StunCrypto } from './stun-crypto.ts';

/** The default: MD5 of OpenSSL as Node carries it. It is absent where OpenSSL runs in its FIPS mode. */
export const nodeCrypto: StunCrypto = {
  md5: (bytes) => createHash('md5').update(bytes).digest(),
};
