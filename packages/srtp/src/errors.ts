/** The codes of {@link SrtpError}. */
export type SrtpErrorCode =
  /** A profile number that this package does not implement, or a NULL cipher that was not asked for by name. */
  | 'unsupported-profile'
  /** A key, a salt or exported keying material of the wrong length. */
  | 'bad-key-length'
  /** A window, a rate, an id, an SSRC bound or an index outside its range. */
  | 'out-of-range'
  /** Sealing with a context that opens, or the other way round. */
  | 'wrong-direction'
  /** Any use of a context that has been handed over. */
  | 'handed-over'
  /** `useMasterKey` with an MKI that no master key has. */
  | 'unknown-key'
  /** The slot has no room behind its payload for the tag. */
  | 'no-room';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class SrtpError extends Error {
  override readonly name = 'SrtpError';
  readonly code: SrtpErrorCode;

  constructor(code: SrtpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
