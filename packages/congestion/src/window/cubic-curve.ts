/** RFC 9438 4.1.1: how fast the curve grows, packets per second cubed. */
export const CUBIC_C = 0.4;
/** RFC 9438 4.6: what is left of a window after a loss. */
export const CUBIC_BETA = 0.7;
/** RFC 9438 4.3: growth, packets per round trip, that with CUBIC's β takes as much as Reno. */
export const CUBIC_ALPHA = (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA);

/** Seconds until the curve that starts at `windowPackets` is back at `maxPackets` (RFC 9438 4.2, Figure 2). */
export function cubicK(maxPackets: number, windowPackets: number): number {
  return maxPackets > windowPackets ? Math.cbrt((maxPackets - windowPackets) / CUBIC_C) : 0;
}

/** W_cubic(t), packets, `seconds` after the epoch began (RFC 9438 4.2, Figure 1). */
export function cubicWindow(seconds: number, k: number, maxPackets: number): number {
  const distance = seconds - k;
  return CUBIC_C * distance * distance * distance + maxPackets;
}
