import { hexText, type SecureRandom } from '@hawser/wire';

/** One label and `.local`: anything else is not resolved by multicast DNS here (draft-ietf-mmusic-mdns-ice-candidates 3.2.1). */
const NAME = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.local$/;

/** What browsers generate: a version 4 UUID and `.local` (draft 3.1.1, RFC 9562 5.4). */
const UUID_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.local$/;

/** The one spelling of a name that this package resolves, lower case; undefined when it is none. */
export function canonicalMdnsName(text: string): string | undefined {
  const name = text.toLowerCase();
  return NAME.test(name) ? name : undefined;
}

/** Whether a name is one of those that hide an address: a version 4 UUID and `.local`. */
export function isEphemeralMdnsName(text: string): boolean {
  return UUID_NAME.test(text.toLowerCase());
}

/** A new name that nobody can guess: a version 4 UUID and `.local`. */
export function createMdnsName(secure: SecureRandom): string {
  const bytes = new Uint8Array(16);
  secure.fillSecure(bytes, 0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = hexText(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}.local`;
}
