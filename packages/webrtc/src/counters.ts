/** What a peer connection counts. */
export interface Counters {
  /** Remote descriptions that could not be read or used. */
  descriptionsRefused: number;
  /** Remote candidates that could not be read. */
  candidatesRefused: number;
  /** Remote candidates of another section, another type or beyond the bound. */
  candidatesIgnored: number;
  /** Remote candidates whose name had no address. */
  candidatesUnresolved: number;
  /** RTP packets that belong to no section (RFC 8843 9.2). */
  rtpUnroutable: number;
  /** RTP packets that are no RTP. */
  rtpMalformed: number;
  /** RTCP compounds that concern no section; they are delivered all the same. */
  rtcpUnrouted: number;
}

export function createCounters(): Counters {
  return {
    descriptionsRefused: 0,
    candidatesRefused: 0,
    candidatesIgnored: 0,
    candidatesUnresolved: 0,
    rtpUnroutable: 0,
    rtpMalformed: 0,
    rtcpUnrouted: 0,
  };
}
