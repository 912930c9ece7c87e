/** What both hellos say of us: one version, one suite, two groups. Room for more is in the registries, not in code. */
import type { ResolvedConfig } from '../config.ts';
import { NamedGroup } from '../dtls-crypto.ts';
import { ECDSA_SHA256 } from './messages/certificate-verify.ts';
import {
  type Extension,
  ExtensionType,
  parseBytes8,
  writeBytes8,
  writeU16List,
  writeUseSrtp,
} from './messages/extensions.ts';

/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, RFC 5289 3.2: the one suite that every WebRTC endpoint has (RFC 8827 6.5). */
export const ECDHE_ECDSA_AES_128_GCM_SHA256 = 0xc02b;
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746 3.3. */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;
/** Groups, best first. */
export const GROUPS: readonly NamedGroup[] = [NamedGroup.x25519, NamedGroup.secp256r1];
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
export function offerOf12({ srtpProfiles }: ResolvedConfig): Offer {
  const extensions: Extension[] = [
    { type: ExtensionType.supportedGroups, data: writeU16List(GROUPS) },
    EC_POINT_FORMATS,
    { type: ExtensionType.signatureAlgorithms, data: writeU16List([ECDSA_SHA256]) },
    EXTENDED_MASTER_SECRET,
    RENEGOTIATION_INFO,
  ];
  if (srtpProfiles.length > 0) {
    extensions.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: srtpProfiles, mki: NO_BYTES }) });
  }
  return { cipherSuites: [ECDHE_ECDSA_AES_128_GCM_SHA256], extensions };
}
