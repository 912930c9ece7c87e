/** What a ClientHello offers when DTLS 1.3 is among the versions, and what may answer it. */
import type { ResolvedConfig } from '../config.ts';
import type { KeyShare } from '../dtls-crypto.ts';
import { COMPRESSION_NULL, offerOf12 } from '../handshake/hello.ts';
import type { ClientHello } from '../handshake/messages/client-hello.ts';
import { type Extension, ExtensionType, writeU16List, writeUseSrtp } from '../handshake/messages/extensions.ts';
import { ProtocolVersion } from '../record/record.ts';
import { SCHEMES_13 } from './context.ts';
import { writeConnectionId } from './messages/connection-id.ts';
import { writeClientShares, writeCookie } from './messages/key-share.ts';
import { SUITES_13, type Suite13 } from './suites.ts';
import { writeClientVersions } from './supported-versions.ts';

const NO_BYTES = new Uint8Array(0);

/** The suites whose ciphers may be agreed on, best first. */
export function suitesOf13({ cipherPreference }: ResolvedConfig): readonly Suite13[] {
  return cipherPreference.flatMap((aead) => SUITES_13.filter((suite) => suite.aead === aead));
}

/**
 * The hello of a client, RFC 9147 5.3: of both versions when 1.2 will do, too.
 *
 * @param cookie of a HelloRetryRequest; empty = none
 * @param connectionId what the server shall put into its records; undefined = the extension is left out
 */
export function helloOf13(
  config: ResolvedConfig,
  random: Uint8Array,
  shares: readonly KeyShare[],
  cookie: Uint8Array,
  connectionId: Uint8Array | undefined,
): ClientHello {
  const isBoth = config.versions.includes('1.2');
  const of12 = isBoth ? offerOf12(config) : { cipherSuites: [], extensions: extensionsOfBoth(config) };
  const versions: number[] = config.versions.map((version) =>
    version === '1.3' ? ProtocolVersion.dtls13 : ProtocolVersion.dtls12,
  );
  const extensions: Extension[] = [
    { type: ExtensionType.supportedVersions, data: writeClientVersions(versions.sort((a, b) => a - b)) },
    { type: ExtensionType.supportedGroups, data: writeU16List(config.crypto.groups) },
    ...of12.extensions.filter(({ type }) => type !== ExtensionType.supportedGroups),
    { type: ExtensionType.keyShare, data: writeClientShares(shares) },
  ];
  if (connectionId !== undefined && !extensions.some(({ type }) => type === ExtensionType.connectionId)) {
    extensions.push({ type: ExtensionType.connectionId, data: writeConnectionId(connectionId) });
  }
  if (cookie.length > 0) extensions.push({ type: ExtensionType.cookie, data: writeCookie(cookie) });
  return {
    version: ProtocolVersion.dtls12,
    random,
    sessionId: NO_BYTES,
    cookie: NO_BYTES,
    cipherSuites: [...suitesOf13(config).map(({ id }) => id), ...of12.cipherSuites],
    compressionMethods: Uint8Array.of(COMPRESSION_NULL),
    extensions,
  };
}

/** The extensions that both versions have, for a client that speaks 1.3 alone. */
function extensionsOfBoth({ srtpProfiles }: ResolvedConfig): Extension[] {
  const extensions = [{ type: ExtensionType.signatureAlgorithms as number, data: writeU16List(SCHEMES_13) }];
  if (srtpProfiles.length > 0) {
    extensions.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: srtpProfiles, mki: NO_BYTES }) });
  }
  return extensions;
}
