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
  | 'lapped'
  | 'corrupt';

/**
 * Misuse of this package by its caller; compare `code`. Two codes are none: `corrupt` says what was found in shared memory
 * that no producer of this package writes, and `lapped` that a broadcast overtook its consumer. No read throws them: a
 * consumer keeps the one as its `fault` and answers the other; only a `for await` loop has no other way to tell.
 */
export class RingBufferError extends Error {
  override readonly name = 'RingBufferError';
  readonly code: RingBufferErrorCode;

  constructor(code: RingBufferErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
