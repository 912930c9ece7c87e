/** When a request is sent again and given up: the arithmetic of RFC 8489 6.2.1, without a clock. */

/** First interval, milliseconds: "in fixed-line access links, a value of 500 ms is RECOMMENDED". */
export const DEFAULT_RTO_MS = 500;

/** Rc: requests sent in all, the first one included. */
export const DEFAULT_REQUESTS = 7;

/** Rm: intervals of RTO to wait after the last request. */
export const DEFAULT_LAST_WAIT = 16;

/**
 * Ti: milliseconds to wait for a response over a reliable transport, where nothing is sent again (RFC 8489 6.2.2). Start the
 * transaction with one request, an RTO of this and a last wait of 1.
 */
export const RELIABLE_TIMEOUT_MS = 39_500;

/** Milliseconds from the first request to the one with this index (0 = the first): `(2^index - 1) · RTO`. */
export function requestAfterMs(index: number, rtoMs: number): number {
  return (2 ** index - 1) * rtoMs;
}

/** Milliseconds from the first request to the end of an unanswered transaction; 39 500 with all defaults. */
export function giveUpAfterMs(
  rtoMs = DEFAULT_RTO_MS,
  requests = DEFAULT_REQUESTS,
  lastWait = DEFAULT_LAST_WAIT,
): number {
  return requestAfterMs(requests - 1, rtoMs) + lastWait * rtoMs;
}
