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
export { type ParseLimits, parseDescription } from './parse.ts';
export type { ParseFailure, ParseFailureReason, ParseResult } from './result.ts';
export { writeDescription } from './write.ts';
