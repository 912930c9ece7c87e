/** The codes of {@link MultipathError}. */
export type MultipathErrorCode =
  /** A configuration value is out of its range; the message names it. */
  | 'bad-config'
  /** The call means nothing in this state (before `setRemote`, after `close`). */
  | 'invalid-state'
  /** The path is not known. */
  | 'no-such-path';

/** Misuse of a session by its caller. What a peer or the network does is an event, never this. Compare `code`. */
export class MultipathError extends Error {
  override readonly name = 'MultipathError';
  readonly code: MultipathErrorCode;

  constructor(code: MultipathErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Errors: `bad-config` for a value that is not a number from `least` to `most`. */
export function inRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new MultipathError('bad-config', `${name} is ${value}, not between ${least} and ${most}`);
  }
}
