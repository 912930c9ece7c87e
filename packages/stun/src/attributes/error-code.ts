import { ErrorCode } from '../registry.ts';

/**
 * ERROR-CODE (RFC 8489 14.8, figure 7): the hundreds in three bits, the rest as a number to 99, then a reason phrase.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           Reserved, should be 0         |Class|     Number    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |      Reason Phrase (variable)                                ..
 * ```
 */

/** Bytes before the reason phrase. */
export const ERROR_CODE_BYTES = 4;

/** The code, 300 to 699; -1 when the value is too short or says anything else. */
export function readErrorCode(bytes: Uint8Array, at: number, length: number): number {
  if (length < ERROR_CODE_BYTES) return -1;
  // The reserved bits are ignored by receivers.
  const hundreds = bytes[at + 2] & 0x07;
  const rest = bytes[at + 3];
  return hundreds < 3 || hundreds > 6 || rest > 99 ? -1 : hundreds * 100 + rest;
}

/** The recommended reason phrase of a code, or an empty one. */
export function reasonPhrase(code: number): string {
  return REASONS[code] ?? '';
}

const REASONS: Readonly<Record<number, string>> = {
  [ErrorCode.tryAlternate]: 'Try Alternate',
  [ErrorCode.badRequest]: 'Bad Request',
  [ErrorCode.unauthenticated]: 'Unauthenticated',
  [ErrorCode.forbidden]: 'Forbidden',
  [ErrorCode.unknownAttribute]: 'Unknown Attribute',
  [ErrorCode.allocationMismatch]: 'Allocation Mismatch',
  [ErrorCode.staleNonce]: 'Stale Nonce',
  [ErrorCode.addressFamilyNotSupported]: 'Address Family not Supported',
  [ErrorCode.wrongCredentials]: 'Wrong Credentials',
  [ErrorCode.unsupportedTransportProtocol]: 'Unsupported Transport Protocol',
  [ErrorCode.peerAddressFamilyMismatch]: 'Peer Address Family Mismatch',
  [ErrorCode.allocationQuotaReached]: 'Allocation Quota Reached',
  [ErrorCode.roleConflict]: 'Role Conflict',
  [ErrorCode.serverError]: 'Server Error',
  [ErrorCode.insufficientCapacity]: 'Insufficient Capacity',
  [ErrorCode.connectionAlreadyExists]: 'Connection Already Exists',
  [ErrorCode.connectionTimeoutOrFailure]: 'Connection Timeout or Failure',
  [ErrorCode.mobilityForbidden]: 'Mobility Forbidden',
};
