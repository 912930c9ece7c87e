/** The codes of {@link RtpError}. */
export type RtpErrorCode =
  /** A number outside the range that its documentation states. */
  'out-of-range';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class RtpError extends Error {
  override readonly name = 'RtpError';
  readonly code: RtpErrorCode;

  constructor(code: RtpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `value` when it is a power of two from `least` to `most`, else throws `out-of-range`. */
export function powerOfTwo(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(Math.log2(value)) || value < least || value > most) {
    throw new RtpError('out-of-range', `${name} ${value} is not a power of two from ${least} to ${most}`);
  }
  return value;
}
