/** The codes of {@link SdpError}. */
export type SdpErrorCode = 'unwritable' | 'bad-offer';

/** Misuse of this package by its caller. The peer's text never causes one. Compare `code`. */
export class SdpError extends Error {
  override readonly name = 'SdpError';
  readonly code: SdpErrorCode;

  constructor(code: SdpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
