/** RTCP packet types (RFC 3550 12.1, RFC 4585 6.1). */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  applicationDefined: 204,
  /** Transport-layer feedback. */
  transportFeedback: 205,
  /** Payload-specific feedback. */
  payloadFeedback: 206,
  extendedReport: 207,
} as const;

export type RtcpType = (typeof RtcpType)[keyof typeof RtcpType];

/** Formats of transport-layer feedback, type 205. */
export const TransportFeedbackFormat = {
  /** RFC 4585 6.2.1. */
  nack: 1,
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1. */
  transportCc: 15,
} as const;

/** Formats of payload-specific feedback, type 206. */
export const PayloadFeedbackFormat = {
  /** Picture loss indication, RFC 4585 6.3.1. */
  pli: 1,
  /** Full intra request, RFC 5104 4.3.1. */
  fir: 4,
  /** Application layer feedback, RFC 4585 6.4: REMB is one. */
  application: 15,
} as const;
