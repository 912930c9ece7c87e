import type { Candidate } from '@hawser/sdp';
import type { IceCandidate } from './session.ts';

/** A candidate of the agent as the attribute has it; `ufrag` names the ICE session it belongs to (RFC 8838 4.4). */
export function toSdpCandidate(candidate: IceCandidate, ufrag: string): Candidate {
  const { usernameFragment, ...same } = candidate;
  return { ...same, generation: candidate.generation ?? 0, ufrag: usernameFragment ?? ufrag };
}

/** The attribute as the agent wants it. */
export function toIceCandidate(candidate: Candidate): IceCandidate {
  const { ufrag, extensions: _unused, ...same } = candidate;
  return ufrag === undefined ? same : { ...same, usernameFragment: ufrag };
}
