/** The codes of {@link SimError}. */
export type SimErrorCode =
  | 'bad-setup'
  | 'endless-events'
  | 'endless-transmit'
  | 'no-progress'
  | 'bad-timeout'
  | 'bad-slot'
  | 'out-of-time'
  | 'law-broken';

/** What a simulation throws: a mistake in its setup, or a machine that breaks its contract. Compare `code`. */
export class SimError extends Error {
  override readonly name = 'SimError';
  readonly code: SimErrorCode;

  constructor(code: SimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
