/** The codes of {@link RingBufferError}. */
export type RingBufferErrorCode =
  | 'out-of-range'
  | 'insufficient-capacity'
  | 'foreign-layout'
  | 'message-too-long'
  | 'bad-claim'
  | 'reentrant'
  | 'closed'
  | 'not-shared'
  | 'corrupt';

/**
 * Misuse of this package by its caller; compare `code`. One code is not misuse: `corrupt` says what was found in shared
 * memory that no producer of this package writes. It is not thrown by a read: a consumer keeps it as its `fault`.
 */
export class RingBufferError extends Error {
  override readonly name = 'RingBufferError';
  readonly code: RingBufferErrorCode;

  constructor(code: RingBufferErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
