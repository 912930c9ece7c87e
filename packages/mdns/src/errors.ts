/** The codes of {@link MdnsError}. */
export type MdnsErrorCode = 'bad-name' | 'bad-address' | 'bad-config' | 'too-many' | 'closed';

/** Misuse of this package by its caller. Peer bytes never cause one. Compare `code`. */
export class MdnsError extends Error {
  override readonly name = 'MdnsError';
  readonly code: MdnsErrorCode;

  constructor(code: MdnsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
