/**
 * Code points of STUN, grouped by the text that defines them. Names are the RFC's words.
 *
 * The IANA registry "STUN Parameters" is the authority; what is not in it is marked "not IANA".
 */

/** Methods, 12 bits (RFC 8489 18.2, RFC 8656 17, RFC 6062 6.1). */
export const StunMethod = {
  // RFC 8489
  binding: 0x001,
  // RFC 8656
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  // RFC 6062
  connect: 0x00a,
  connectionBind: 0x00b,
  connectionAttempt: 0x00c,
  // Expert Review space: Chromium's
  googPing: 0x080,
} as const;

/** Classes, the two bits C1 and C0 of the message type (RFC 8489 5). */
export const StunClass = {
  request: 0,
  indication: 1,
  success: 2,
  error: 3,
} as const;

export type StunClass = (typeof StunClass)[keyof typeof StunClass];

/** Attribute types (RFC 8489 18.3). Below 0x8000 an attribute must be comprehended, from there on it may be skipped. */
export const AttributeType = {
  // RFC 8489, comprehension-required
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  // RFC 8489, comprehension-optional
  passwordAlgorithms: 0x8002,
  alternateDomain: 0x8003,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
  // RFC 8656 (TURN)
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  reservationToken: 0x0022,
  additionalAddressFamily: 0x8000,
  addressErrorCode: 0x8001,
  icmp: 0x8004,
  // RFC 6062 (TURN over TCP)
  connectionId: 0x002a,
  // RFC 8016 (TURN mobility)
  mobilityTicket: 0x8030,
  // RFC 5780 (NAT behaviour discovery)
  padding: 0x0026,
  responsePort: 0x0027,
  cacheTimeout: 0x8027,
  responseOrigin: 0x802b,
  otherAddress: 0x802c,
  // RFC 6679 (ECN for RTP), 7635 (third-party authorization), 7982 (round trips of retransmissions)
  ecnCheckStun: 0x802d,
  accessToken: 0x001b,
  thirdPartyAuthorization: 0x802e,
  transactionTransmitCounter: 0x8025,
  // RFC 8445 (ICE)
  priority: 0x0024,
  useCandidate: 0x0025,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  // Expert Review space
  ciscoStunFlowdata: 0xc000,
  enfNetworkStatus: 0xc002,
  ciscoWebexFlowInfo: 0xc003,
  citrixTransactionId: 0xc056,
  /** GOOG-NETWORK-INFO: network id in the high 16 bits, network cost in the low 16. */
  googNetworkInfo: 0xc057,
  googLastIceCheckReceived: 0xc058,
  googMiscInfo: 0xc059,
  googObsolete1: 0xc05a,
  googConnectionId: 0xc05b,
  googDelta: 0xc05c,
  googDeltaAck: 0xc05d,
  googDeltaSyncReq: 0xc05e,
  googMessageIntegrity32: 0xc060,
  dtlsInStun: 0xc070,
  dtlsInStunAcknowledgement: 0xc071,
  /**
   * NOMINATION of draft-thatcher-tsvwg-renomination, as Chromium uses it: u32, the highest value wins. Not IANA: the
   * registry gives the number to ENF-FLOW-DESCRIPTION.
   */
  nomination: 0xc001,
  /**
   * HAWSER: what two peers of this transport tell each other per path. Not IANA: a number of the comprehension-optional
   * Expert Review space (0xC000-0xFFFF) that was unassigned when it was chosen; others skip it. Trusted only under
   * MESSAGE-INTEGRITY.
   */
  hawser: 0xc0f5,
} as const;

/** Error codes (RFC 8489 14.8, RFC 8445 7.3.1.1, RFC 8656 19, RFC 6062 6.3, RFC 8016 3.3). */
export const ErrorCode = {
  // RFC 8489
  tryAlternate: 300,
  badRequest: 400,
  unauthenticated: 401,
  unknownAttribute: 420,
  staleNonce: 438,
  serverError: 500,
  // RFC 8445
  roleConflict: 487,
  // RFC 8656
  forbidden: 403,
  allocationMismatch: 437,
  addressFamilyNotSupported: 440,
  wrongCredentials: 441,
  unsupportedTransportProtocol: 442,
  peerAddressFamilyMismatch: 443,
  allocationQuotaReached: 486,
  insufficientCapacity: 508,
  // RFC 6062
  connectionAlreadyExists: 446,
  connectionTimeoutOrFailure: 447,
  // RFC 8016
  mobilityForbidden: 405,
} as const;

/** First attribute type that an agent may skip without understanding it (RFC 8489 14). */
export const COMPREHENSION_OPTIONAL = 0x8000;

/** Attributes that this package and an ICE agent understand: what a {@link StunReader} takes as known by default. */
export const ICE_ATTRIBUTES: readonly number[] = [
  AttributeType.mappedAddress,
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.errorCode,
  AttributeType.unknownAttributes,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.xorMappedAddress,
  AttributeType.priority,
  AttributeType.useCandidate,
];

/** What long-term credentials bring besides (RFC 8489 9.2): a reader on either side of them understands these too. */
export const LONG_TERM_ATTRIBUTES: readonly number[] = [
  AttributeType.messageIntegritySha256,
  AttributeType.passwordAlgorithm,
  AttributeType.userhash,
];

/** Password algorithms (RFC 8489 18.5). */
export const PasswordAlgorithm = {
  md5: 0x0001,
  sha256: 0x0002,
} as const;

export type PasswordAlgorithm = (typeof PasswordAlgorithm)[keyof typeof PasswordAlgorithm];

/** Security features of a nonce cookie (RFC 8489 18.1): bit 0 is the most significant of 24. */
export const SecurityFeature = {
  passwordAlgorithms: 0x800000,
  usernameAnonymity: 0x400000,
} as const;

/** Names that the registry writes otherwise than with a dash before every word. */
const ODD_NAMES: Readonly<Record<string, string>> = {
  ecnCheckStun: 'ECN-CHECK STUN',
  googMessageIntegrity32: 'GOOG-MESSAGE-INTEGRITY-32',
  googObsolete1: 'GOOG-OBSOLETE-1',
  transactionTransmitCounter: 'TRANSACTION_TRANSMIT_COUNTER',
};

const attributeNames = new Map<number, string>(
  Object.entries(AttributeType).map(([name, type]) => [
    type,
    ODD_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase(),
  ]),
);

/** The RFC's name of an attribute type (`0x0020` is `XOR-MAPPED-ADDRESS`), or its number in hexadecimal. For reports. */
export function attributeName(type: number): string {
  return attributeNames.get(type) ?? `0x${type.toString(16).padStart(4, '0')}`;
}
