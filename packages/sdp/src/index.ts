export { type CandidateResult, parseCandidate, writeCandidate } from './attributes/candidate.ts';
export { parseParameters } from './attributes/rtp.ts';
export { SdpError, type SdpErrorCode } from './errors.ts';
export {
  type Attribute,
  type Bandwidth,
  type Candidate,
  type CommonAttributes,
  type Connection,
  createDescription,
  createMediaSection,
  type Description,
  type Direction,
  type Extmap,
  type Fingerprint,
  type Fmtp,
  type Group,
  type MediaSection,
  type Msid,
  type MsidSemantic,
  type Origin,
  type Rid,
  type RtcpFeedback,
  type RtcpPort,
  type Rtpmap,
  type Sctpmap,
  type Setup,
  type Simulcast,
  type SimulcastAlternative,
  type SsrcAttribute,
  type SsrcGroup,
  type Timing,
} from './model.ts';
export {
  type Answer,
  type AnswerLocal,
  answerOffer,
  type LocalData,
  type LocalRtp,
  type RejectReason,
} from './offer-answer/answer.ts';
export { type Codec, codecsOf } from './offer-answer/codec.ts';
export {
  answerDirection,
  directionFrom,
  intersectDirections,
  receives,
  reverseDirection,
  sends,
} from './offer-answer/direction.ts';
export { type ExtensionCapability, extmapsOf, intersectExtmaps } from './offer-answer/extensions.ts';
export { intersectCodecs, isSameCodec } from './offer-answer/match-codec.ts';
export {
  composeOffer,
  type OfferedData,
  type OfferedRejected,
  type OfferedRtp,
  type OfferLocal,
} from './offer-answer/offer.ts';
export type { LocalSources, LocalTransport } from './offer-answer/section.ts';
export { answerSetup, dtlsRole } from './offer-answer/setup.ts';
export {
  bundledMids,
  bundleTransport,
  directionOf,
  isRejected,
  type TransportDescription,
  taggedSection,
  transportOf,
} from './offer-answer/transport.ts';
export {
  sectionType,
  type VerifyProblem,
  type VerifyReason,
  verifyAnswer,
  verifyOffer,
} from './offer-answer/verify.ts';
export { type ParseLimits, parseDescription } from './parse.ts';
export type { ParseFailure, ParseFailureReason, ParseResult } from './result.ts';
export { writeDescription } from './write.ts';
