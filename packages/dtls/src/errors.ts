import type { AlertDescription } from './alert.ts';

/**
 * The codes of {@link DtlsError}.
 *
 * Misuse by the caller, thrown: `bad-config`, `bad-slot`, `wrong-state`. All others are how a connection failed, and
 * arrive in the `error` event.
 */
export type DtlsErrorCode =
  | 'bad-config'
  | 'bad-slot'
  | 'wrong-state'
  | 'bad-certificate'
  | 'bad-finished'
  | 'bad-signature'
  | 'decode-error'
  | 'downgrade'
  | 'fingerprint-mismatch'
  | 'handshake-failure'
  | 'no-extended-master-secret'
  | 'peer-alert'
  | 'timeout'
  | 'unexpected-message'
  | 'unsupported-version';

/** Misuse of this package, or the reason a connection failed. Compare `code`; the message is for people. */
export class DtlsError extends Error {
  override readonly name = 'DtlsError';
  readonly code: DtlsErrorCode;
  /** The alert that was sent, or for `peer-alert` the one that was received. */
  readonly alert: AlertDescription | undefined;

  constructor(code: DtlsErrorCode, message: string, alert?: AlertDescription) {
    super(message);
    this.code = code;
    this.alert = alert;
  }
}

/** Why a handshake cannot go on, as the steps of a handshake report it: a value, since peer bytes never throw. */
export interface Failure {
  readonly code: DtlsErrorCode;
  /** Told to the peer as a fatal alert. */
  readonly alert: AlertDescription;
  readonly why: string;
}

/** Short form of a {@link Failure}. */
export function failure(code: DtlsErrorCode, alert: AlertDescription, why: string): Failure {
  return { code, alert, why };
}
