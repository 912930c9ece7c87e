/** The codes of {@link TurnError}. */
export type TurnErrorCode = 'bad-config' | 'bad-peer' | 'bad-relay' | 'wrong-state' | 'out-of-room';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class TurnError extends Error {
  override readonly name = 'TurnError';
  readonly code: TurnErrorCode;

  constructor(code: TurnErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
