/** RTCSignalingState, W3C WebRTC 1.0 4.3.1. */
export type SignalingState =
  | 'stable'
  | 'have-local-offer'
  | 'have-remote-offer'
  | 'have-local-pranswer'
  | 'have-remote-pranswer'
  | 'closed';

/** RTCSdpType. */
export type DescriptionType = 'offer' | 'pranswer' | 'answer' | 'rollback';

/** Whose description is applied. */
export type DescriptionSide = 'local' | 'remote';

type Edges = { readonly [move in `${DescriptionSide} ${DescriptionType}`]?: SignalingState };

/**
 * Where applying a description leads (RFC 8829 3.2 figure 2, W3C 4.4.1.5); what is absent is illegal.
 *
 * A remote offer in `have-local-offer` is legal: the local one is rolled back first (W3C 4.4.1.5, "perfect negotiation").
 */
const EDGES: Readonly<Record<SignalingState, Edges>> = {
  stable: { 'local offer': 'have-local-offer', 'remote offer': 'have-remote-offer' },
  'have-local-offer': {
    'local offer': 'have-local-offer',
    'remote offer': 'have-remote-offer',
    'remote pranswer': 'have-remote-pranswer',
    'remote answer': 'stable',
    'local rollback': 'stable',
    'remote rollback': 'stable',
  },
  'have-remote-offer': {
    'remote offer': 'have-remote-offer',
    'local pranswer': 'have-local-pranswer',
    'local answer': 'stable',
    'local rollback': 'stable',
    'remote rollback': 'stable',
  },
  'have-local-pranswer': { 'local pranswer': 'have-local-pranswer', 'local answer': 'stable' },
  'have-remote-pranswer': { 'remote pranswer': 'have-remote-pranswer', 'remote answer': 'stable' },
  closed: {},
};

/** The state after applying a description, or undefined when that is illegal. */
export function nextSignalingState(
  state: SignalingState,
  side: DescriptionSide,
  type: DescriptionType,
): SignalingState | undefined {
  return EDGES[state][`${side} ${type}`];
}
