/** The codes of {@link SctpError}. */
export type SctpErrorCode =
  | 'bad-config'
  | 'bad-argument'
  | 'bad-state'
  | 'unknown-channel'
  | 'id-in-use'
  | 'no-free-id';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class SctpError extends Error {
  override readonly name = 'SctpError';
  readonly code: SctpErrorCode;

  constructor(code: SctpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
