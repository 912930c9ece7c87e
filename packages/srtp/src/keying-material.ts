import { SrtpError } from './errors.ts';
import { profileSizes, type SrtpProfile } from './profile.ts';

/** A master key and a master salt: what one {@link SrtpContext} is made of. */
export interface MasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** The two directions' master keys. */
export interface SplitKeyingMaterial {
  /** Protects what this side sends. */
  readonly local: MasterKey;
  /** Protects what the other side sends. */
  readonly remote: MasterKey;
}

/** Bytes to ask of the DTLS exporter with the label `EXTRACTOR-dtls_srtp` (RFC 5764 4.2): two keys and two salts. */
export function keyingMaterialBytes(profile: SrtpProfile): number {
  const { keyBytes, saltBytes } = profileSizes(profile);
  return 2 * (keyBytes + saltBytes);
}

/**
 * Cuts exported keying material into the two directions' master keys. The client's key comes first, then the server's
 * key, the client's salt, the server's salt. Copies: `exported` may be wiped afterwards.
 *
 * @param role this side's role in the DTLS handshake
 *
 * Errors: `unsupported-profile`, `bad-key-length` when `exported` is not exactly `keyingMaterialBytes(profile)` long.
 * RFC: 5764 4.2.
 */
export function splitKeyingMaterial(
  profile: SrtpProfile,
  exported: Uint8Array,
  role: 'client' | 'server',
): SplitKeyingMaterial {
  const { keyBytes, saltBytes } = profileSizes(profile);
  const wanted = 2 * (keyBytes + saltBytes);
  if (exported.length !== wanted) {
    throw new SrtpError('bad-key-length', `keying material of ${exported.length} bytes, profile wants ${wanted}`);
  }
  const client = {
    key: exported.slice(0, keyBytes),
    salt: exported.slice(2 * keyBytes, 2 * keyBytes + saltBytes),
  };
  const server = {
    key: exported.slice(keyBytes, 2 * keyBytes),
    salt: exported.slice(2 * keyBytes + saltBytes),
  };
  return role === 'client' ? { local: client, remote: server } : { local: server, remote: client };
}
