/** The codes of {@link IceError}. */
export type IceErrorCode =
  | 'bad-config'
  | 'bad-base'
  | 'unknown-base'
  | 'bad-server'
  | 'bad-remote'
  | 'unknown-path'
  | 'closed';

/** Misuse of the agent by its caller. Peer bytes never cause one. Compare `code`. */
export class IceError extends Error {
  override readonly name = 'IceError';
  readonly code: IceErrorCode;

  constructor(code: IceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * What goes wrong on the network, reported by an event: each code at most once per {@link FAULT_REPEAT_MS}.
 *
 * - `wrong-ufrag`: a check for another session's user name (RFC 8445 7.3)
 * - `bad-integrity`: a check or an answer whose MESSAGE-INTEGRITY is not of our passwords (RFC 8489 9.1.3)
 * - `no-path`: every pair failed and the patience is over (RFC 8445 6.1.2.1, RFC 8863 3)
 * - `consent-lost`: no path is left that the peer consents to (RFC 7675 5.1)
 * - `server-failed`: a STUN server did not answer, or not with an address
 * - `base-failed`: a socket that was asked for could not be had
 */
export type IceFaultCode =
  | 'wrong-ufrag'
  | 'bad-integrity'
  | 'no-path'
  | 'consent-lost'
  | 'server-failed'
  | 'base-failed';

/** One fault. `count` says how often it has happened so far, reported or not. */
export interface IceFault {
  readonly code: IceFaultCode;
  readonly message: string;
  readonly count: number;
}

/** A fault of one kind is reported at most this often, milliseconds. */
export const FAULT_REPEAT_MS = 10_000;
