/**
 * The codes of {@link WebrtcError}, after the exceptions of W3C WebRTC 1.0.
 *
 * | code | W3C | meaning |
 * |---|---|---|
 * | `invalid-state` | InvalidStateError | the call means nothing in this signalling state, or the connection is closed |
 * | `invalid-access` | InvalidAccessError | the description does not fit what it answers or follows |
 * | `invalid-modification` | InvalidModificationError | a local description that `createOffer`/`createAnswer` did not make |
 * | `operation-error` | OperationError | a text that cannot be read or used; `sdpLineNumber` when a line is at fault |
 * | `type-error` | TypeError | an argument of the wrong shape or range |
 * | `not-supported` | NotSupportedError | a thing that this package leaves out |
 */
export type WebrtcErrorCode =
  | 'invalid-state'
  | 'invalid-access'
  | 'invalid-modification'
  | 'operation-error'
  | 'type-error'
  | 'not-supported';

/**
 * Thrown for the caller's misuse. For what the peer sent it is not thrown: `setRemoteDescription` and `addIceCandidate`
 * return it. Compare `code`.
 */
export class WebrtcError extends Error {
  override readonly name = 'WebrtcError';
  readonly code: WebrtcErrorCode;
  /** Line of the description at fault, from 1 (RTCError.sdpLineNumber). */
  readonly sdpLineNumber: number | undefined;
  /** Why, as a code of `@hawser/sdp`: `bad-attribute`, `section-count`, … */
  readonly reason: string | undefined;

  constructor(
    code: WebrtcErrorCode,
    message: string,
    options: ErrorOptions & { sdpLineNumber?: number; reason?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.sdpLineNumber = options.sdpLineNumber;
    this.reason = options.reason;
  }
}
