/** What both hellos of DTLS 1.2 say of us beside suites. */
import type { ResolvedConfig } from '../config.ts';
import { type DtlsCrypto, NamedGroup, type PublicKey, SignatureScheme } from '../dtls-crypto.ts';
import { suitesOf } from './cipher-suites.ts';
import {
  type Extension,
  ExtensionType,
  parseBytes8,
  writeBytes8,
  writeU16List,
  writeUseSrtp,
} from './messages/extensions.ts';

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746 3.3. */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/** The groups of `crypto` that DTLS 1.2 has, best first: elliptic curves, for a KEM has no place in its key exchange. */
export function curves(crypto: DtlsCrypto): readonly NamedGroup[] {
  return crypto.groups.filter((group) => group !== NamedGroup.x25519MlKem768);
}

/**
 * Signature schemes of a 1.2 handshake, best first. RSASSA-PSS is one since whoever offers it for 1.3 may be sent it in 1.2
 * (RFC 8446 4.2.3).
 */
export const SIGNATURE_SCHEMES: readonly SignatureScheme[] = [
  SignatureScheme.ecdsaSecp256r1Sha256,
  SignatureScheme.rsaPkcs1Sha256,
  SignatureScheme.rsaPssRsaeSha256,
];

/** What a key signs with, of what the peer takes; undefined when it takes nothing that the key can do. */
export function schemeFor(key: PublicKey, taken: readonly number[]): SignatureScheme | undefined {
  return SIGNATURE_SCHEMES.find((scheme) => isSchemeOf(key, scheme) && taken.includes(scheme));
}

/** Whether keys of this kind sign with `scheme`. */
function isSchemeOf({ kind }: PublicKey, scheme: SignatureScheme): boolean {
  return (scheme === SignatureScheme.ecdsaSecp256r1Sha256) === (kind === 'p256');
}

export const COMPRESSION_NULL = 0;
/** ECPointFormat uncompressed, RFC 8422 5.1.2. */
export const POINT_UNCOMPRESSED = 0;

const NO_BYTES = new Uint8Array(0);

/** An empty renegotiation_info: this is a first handshake (RFC 5746 3.4, 3.6). */
export const RENEGOTIATION_INFO: Extension = { type: ExtensionType.renegotiationInfo, data: writeBytes8(NO_BYTES) };
export const EXTENDED_MASTER_SECRET: Extension = { type: ExtensionType.extendedMasterSecret, data: NO_BYTES };
export const EC_POINT_FORMATS: Extension = {
  type: ExtensionType.ecPointFormats,
  data: writeBytes8(Uint8Array.of(POINT_UNCOMPRESSED)),
};

/** Whether the peer's renegotiation_info is the empty one of a first handshake (RFC 5746 3.4, 3.6). */
export function isFirstHandshake(renegotiationInfo: Uint8Array): boolean {
  return parseBytes8(renegotiationInfo)?.length === 0;
}

/** What a ClientHello offers. */
export interface Offer {
  /** Best first. */
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly Extension[];
}

/** What a client offers for DTLS 1.2. */
export function offerOf12({ cipherPreference, connectionId, crypto, srtpProfiles }: ResolvedConfig): Offer {
  const extensions: Extension[] = [
    { type: ExtensionType.supportedGroups, data: writeU16List(curves(crypto)) },
    EC_POINT_FORMATS,
    { type: ExtensionType.signatureAlgorithms, data: writeU16List(SIGNATURE_SCHEMES) },
    EXTENDED_MASTER_SECRET,
    RENEGOTIATION_INFO,
  ];
  if (srtpProfiles.length > 0) {
    extensions.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: srtpProfiles, mki: NO_BYTES }) });
  }
  if (connectionId !== undefined) {
    extensions.push({ type: ExtensionType.connectionId, data: writeBytes8(connectionId) });
  }
  return { cipherSuites: suitesOf(cipherPreference).map(({ id }) => id), extensions };
}
