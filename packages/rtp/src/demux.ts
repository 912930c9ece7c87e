/**
 * Whether a packet of an RTP/RTCP multiplex is RTCP: its packet type is 192 to 223, which as an RTP payload type with the
 * marker bit would be 64 to 95, and those are not used beside RTCP (RFC 5761 4). Anything that is not version 2, or is
 * shorter than an RTCP header, is not.
 */
export function isRtcp(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= 4 && bytes[offset] >>> 6 === 2 && bytes[offset + 1] >= 192 && bytes[offset + 1] <= 223;
}

/** Whether a packet of an RTP/RTCP multiplex is RTP: version 2, at least a fixed header, and not RTCP (RFC 5761 4). */
export function isRtp(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= 12 && bytes[offset] >>> 6 === 2 && !isRtcp(bytes, offset, length);
}
