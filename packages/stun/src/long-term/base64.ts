/** The alphabet of RFC 4648 4. */
export const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The six bits of a character; -1 for one that is not of the alphabet. */
export function base64Value(character: number): number {
  return BASE64.indexOf(String.fromCharCode(character));
}

/** Writes the first `characters` of six bits each from `from` on, without padding: of the last byte what they need. */
export function writeBase64(bytes: Uint8Array, from: number, characters: number, out: Uint8Array, at: number): void {
  for (let i = 0; i < characters; i++) {
    const bit = 6 * i;
    const byte = from + (bit >>> 3);
    const pair = (bytes[byte] << 8) | (bytes[byte + 1] ?? 0);
    out[at + i] = BASE64.charCodeAt((pair >>> (10 - (bit & 7))) & 63);
  }
}
