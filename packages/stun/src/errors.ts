/** The codes of {@link StunError}. */
export type StunErrorCode =
  | 'out-of-range'
  | 'too-long'
  | 'wrong-order'
  | 'empty-password'
  | 'forbidden-text'
  | 'bad-config'
  | 'duplicate-transaction';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class StunError extends Error {
  override readonly name = 'StunError';
  readonly code: StunErrorCode;

  constructor(code: StunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
