/** The codes of {@link CongestionError}. */
export type CongestionErrorCode = 'out-of-range' | 'bad-config';

/** Misuse of this package by its caller. What a peer reports never causes one. Compare `code`. */
export class CongestionError extends Error {
  override readonly name = 'CongestionError';
  readonly code: CongestionErrorCode;

  constructor(code: CongestionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `value`, which has to be a number from `least` to `most`; `Infinity` only where `most` is. */
export function numberIn(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new CongestionError('bad-config', `${name} has to be from ${least} to ${most}, and is ${value}`);
}

/** A packet size, bytes: 64 to 65 535. */
export function packetSize(bytes: number): number {
  if (bytes >= 64 && bytes <= 65_535) return bytes;
  throw new CongestionError('out-of-range', `a packet has 64 to 65535 bytes, not ${bytes}`);
}
