/**
 * Tells the protocols on one flow apart by their first octet, RFC 7983 section 7:
 *
 * ```
 *              +----------------+
 *              |        [0..3] -+--> STUN
 *              |      [16..19] -+--> ZRTP (not ours)
 *  packet -->  |      [20..63] -+--> DTLS
 *              |      [64..79] -+--> TURN channel (framed away below us)
 *              |    [128..191] -+--> RTP/RTCP
 *              +----------------+
 * ```
 */
export const Protocol = { stun: 0, dtls: 1, media: 2, unknown: 3 } as const;

export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** The protocol of a datagram by its first octet. An empty datagram is `unknown`. */
export function protocolOf(bytes: Uint8Array, offset: number, length: number): Protocol {
  if (length < 1) return Protocol.unknown;
  const first = bytes[offset];
  if (first <= 3) return Protocol.stun;
  if (first >= 20 && first <= 63) return Protocol.dtls;
  if (first >= 128 && first <= 191) return Protocol.media;
  return Protocol.unknown;
}
