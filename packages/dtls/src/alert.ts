/**
 * Alert protocol, RFC 5246 7.2: two bytes.
 *
 * ```
 *  0               1
 * +---------------+---------------+
 * | level (1, 2)  | description   |
 * +---------------+---------------+
 * ```
 */

/** Alert descriptions, RFC 5246 7.2, RFC 8446 6 and RFC 9147 14. A peer may send any other number from 0 to 255. */
export const Alert = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  handshakeFailure: 40,
  badCertificate: 42,
  unsupportedCertificate: 43,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  tooManyCidsRequested: 52,
  protocolVersion: 70,
  internalError: 80,
  userCanceled: 90,
  noRenegotiation: 100,
  missingExtension: 109,
  unsupportedExtension: 110,
  certificateRequired: 116,
} as const;

/** An alert description: 0 to 255. */
export type AlertDescription = number;

/** Alert levels. A warning other than close_notify changes nothing here. */
export const AlertLevel = { warning: 1, fatal: 2 } as const;

/** Bytes of an alert. */
export const ALERT_LENGTH = 2;
