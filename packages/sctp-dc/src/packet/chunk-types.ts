/** Chunk types: RFC 9260 3.2, RFC 3758 3.2, RFC 6525 3.1, RFC 8260 2. */
export const ChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  iData: 64,
  reConfig: 130,
  /** RFC 4820 3. */
  pad: 132,
  forwardTsn: 192,
  iForwardTsn: 194,
} as const;

/** Flags of a DATA chunk (RFC 9260 3.3.1). */
export const DataFlag = {
  /** E: last fragment of the message. */
  end: 1,
  /** B: first fragment. */
  begin: 2,
  /** U: unordered; the SSN means nothing. */
  unordered: 4,
  /** I: the sender wants the SACK at once. */
  immediate: 8,
} as const;

/** T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own, reflected (RFC 9260 8.5.1). */
export const FLAG_TAG_REFLECTED = 1;

/** Parameter types: RFC 9260 3.3.2.1, RFC 3758 3.1, RFC 5061 4.2.7, RFC 6525 4. */
export const ParameterType = {
  heartbeatInfo: 1,
  stateCookie: 7,
  unrecognizedParameter: 8,
  outgoingReset: 13,
  incomingReset: 14,
  ssnTsnReset: 15,
  reconfigResponse: 16,
  addOutgoingStreams: 17,
  addIncomingStreams: 18,
  /** Zero Checksum Acceptable (RFC 9653 4). */
  zeroChecksum: 0x8001,
  supportedExtensions: 0x8008,
  forwardTsnSupported: 0xc000,
} as const;

/** Error detection method of the Zero Checksum Acceptable parameter: SCTP over DTLS (RFC 9653 8). */
export const ZERO_CHECKSUM_DTLS = 1;

/** Payload protocol identifiers: RFC 8831 8, RFC 8832 8.1. */
export const Ppid = {
  dcep: 50,
  string: 51,
  /** Deprecated; taken like `binary`. */
  binaryPartial: 52,
  binary: 53,
  /** Deprecated; taken like `string`. */
  stringPartial: 54,
  stringEmpty: 56,
  binaryEmpty: 57,
} as const;

/** Error causes: RFC 9260 3.3.10. */
export const ErrorCause = {
  invalidStream: 1,
  missingParameter: 2,
  staleCookie: 3,
  outOfResource: 4,
  unrecognizedChunk: 6,
  invalidParameter: 7,
  unrecognizedParameters: 8,
  noUserData: 9,
  cookieWhileShuttingDown: 10,
  userInitiatedAbort: 12,
  protocolViolation: 13,
} as const;
