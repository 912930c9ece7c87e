/** The codes of {@link ConnectionError}. */
export type ConnectionErrorCode =
  /** A field of the configuration is out of its range. */
  | 'invalid-config'
  /** The call means nothing in this state (W3C InvalidStateError). */
  | 'invalid-state'
  /** The message is longer than the peer accepts, `maxMessageSize` (W3C TypeError). */
  | 'message-too-long'
  /** The send queue is full: wait for `ready()` (W3C OperationError). */
  | 'queue-full'
  /** The peer gave a message up, or the connection ended, before all of it was there. */
  | 'cut'
  /** The connection or channel closed while the call waited. */
  | 'closed'
  /** The connection could not be made, or was lost; `cause` says which layer found it. */
  | 'connection-failed';

/** What `@hawser/node` throws and rejects with, aborts (the signal's reason) apart. Compare `code`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
