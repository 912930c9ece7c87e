/** What a session dropped or refused, and why. Everything a peer can provoke has a counter. */
export interface SessionCounters {
  /** Datagrams given in. */
  datagrams: number;
  /** Non-STUN from a flow on which no check of ours has succeeded: dropped before any cryptography (browser rule R2). */
  uncheckedFlow: number;
  /** First octet of no protocol of ours (RFC 7983). */
  unknownProtocol: number;
  /** DTLS or media before `setRemote`, media before the keys are known, or anything after `close`. */
  tooEarly: number;
  /**
   * Second copies: of a DTLS record or an SRTP packet that was delivered already. The price of duplication, not a fault. A replay by
   * somebody else looks the same, and ends here, too.
   */
  duplicates: number;
  /** Records and packets behind the replay window: later than any first copy may be. */
  tooOld: number;
  /** Records and packets that failed authentication. */
  unauthenticated: number;
  malformed: number;
  /** Packets decided for a path that was gone when they were to leave. */
  pathGone: number;
  /** Copies given up because they could not leave within their deadline. */
  copiesDropped: number;
  copiesSent: number;
  /** Media packets sent again because their path became suspect. */
  mediaResent: number;
  /** Outgoing media packets refused because their queue was full. */
  mediaQueueFull: number;
  /** Outgoing media packets that could not be sealed: not RTP, or a sequence number used twice. */
  mediaRefused: number;
  /** Received media packets dropped because the owner did not read. */
  mediaUnread: number;
}

export function createCounters(): SessionCounters {
  return {
    datagrams: 0,
    uncheckedFlow: 0,
    unknownProtocol: 0,
    tooEarly: 0,
    duplicates: 0,
    tooOld: 0,
    unauthenticated: 0,
    malformed: 0,
    pathGone: 0,
    copiesDropped: 0,
    copiesSent: 0,
    mediaResent: 0,
    mediaQueueFull: 0,
    mediaRefused: 0,
    mediaUnread: 0,
  };
}
