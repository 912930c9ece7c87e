/** Milliseconds on the caller's monotonic clock; zero is wherever the caller puts it. Fractions are allowed. */
export type Instant = number;

/** The instant that never comes: what `pollTimeout` answers when nothing is pending. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;
