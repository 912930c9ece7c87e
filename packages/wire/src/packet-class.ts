/**
 * What a packet is for. Set where the packet is made, carried untouched through every layer, read by schedulers, the
 * pacer and the duplication rule. The numeric order is not a priority.
 */
export const PacketClass = {
  /** Set-up, RTCP, SCTP control chunks: small, and others wait for it. */
  control: 0,
  audio: 1,
  /** Part of a video frame that later frames need and that needs none. */
  videoKey: 2,
  videoDelta: 3,
  /** Messages of data channels. */
  data: 4,
  /** Retransmissions and forward error correction. */
  repair: 5,
} as const;

export type PacketClass = (typeof PacketClass)[keyof typeof PacketClass];
