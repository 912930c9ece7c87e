/** The codes of {@link WireError}. */
export type WireErrorCode = 'out-of-range' | 'bad-address';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
