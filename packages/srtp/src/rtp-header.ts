/**
 * The length of an RTP header at `offset`, or -1 when the packet cannot be one: shorter than its fixed part, its CSRCs or
 * its extension say, or another version (RFC 3550 5.1, 5.3.1). The payload behind it is what SRTP encrypts (RFC 3711 3.1).
 */
export function rtpHeaderBytes(bytes: Uint8Array, offset: number, length: number): number {
  if (length < FIXED_BYTES || bytes[offset] >>> 6 !== 2) return -1;
  let header = FIXED_BYTES + 4 * (bytes[offset] & 0x0f);
  if ((bytes[offset] & 0x10) !== 0) {
    if (length < header + 4) return -1;
    const words = (bytes[offset + header + 2] << 8) | bytes[offset + header + 3];
    header += 4 + 4 * words;
  }
  return header <= length ? header : -1;
}

const FIXED_BYTES = 12;
