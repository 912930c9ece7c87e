import type { Candidate } from '@hawser/sdp';
import type { ResolvedConfig } from './config.ts';
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

/**
 * The candidate as it may be told while addresses are hidden (draft-ietf-mmusic-mdns-ice-candidates 3.1.1, 3.1.2.2): that of a
 * host by its name, the others without what they were made of.
 */
export function hideAddresses({ hostName }: ResolvedConfig, candidate: IceCandidate): IceCandidate {
  if (hostName === undefined) return candidate;
  const { address } = candidate;
  if (candidate.type === 'host') return { ...candidate, address: hostName(address) ?? address };
  return { ...candidate, relatedAddress: address.includes(':') ? '::' : '0.0.0.0', relatedPort: DISCARD_PORT };
}

/** RFC 8839 9.1: the port of an address that is not told. */
const DISCARD_PORT = 9;
