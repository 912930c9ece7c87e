import { REORDER_BUDGETS } from '@hawser/multipath';
import type { Description, TransportDescription } from '@hawser/sdp';
import type { RemoteParameters } from '../session.ts';

/** Whose stack a description seems to be of. */
export type PeerKind = 'hawser' | 'libwebrtc' | 'firefox' | 'unknown';

/** What libwebrtc makes its ICE credentials of, in characters; libnice and aiortc have 22 for the password, pion 32. */
const LIBWEBRTC_UFRAG = 4;
const LIBWEBRTC_PASSWORD = 24;

/**
 * A guess by marks that the stacks have kept for years; `a=hawser` alone is meant to be told by. Firefox puts its name into
 * the origin. libwebrtc (Chromium, Safari, native applications) has `-` and 127.0.0.1 there, allows mixed extmaps, names its
 * streams in `msid-semantic` where others write `*`, and has credentials of a length of its own. Servers and libraries that
 * imitate some of that do not have all of it; who has is taken for libwebrtc.
 *
 * @param transport that of the bundle: candidates do not matter, credentials do
 */
export function peerKind(description: Description, transport: TransportDescription): PeerKind {
  // Version 0 is none of ours.
  if ((description.hawser ?? 0) > 0) return 'hawser';
  const { origin, msidSemantic, extmapAllowMixed } = description;
  if (origin.username.startsWith('mozilla...THIS_IS_SDPARTA')) return 'firefox';
  const isLibwebrtc =
    origin.username === '-' &&
    origin.address === '127.0.0.1' &&
    extmapAllowMixed &&
    msidSemantic?.semantic === 'WMS' &&
    !msidSemantic.streams.includes('*') &&
    transport.iceUfrag?.length === LIBWEBRTC_UFRAG &&
    transport.icePwd?.length === LIBWEBRTC_PASSWORD;
  return isLibwebrtc ? 'libwebrtc' : 'unknown';
}

/**
 * Packets by which paths to such a peer may lag behind one another; undefined: nothing is known, and the session assumes the
 * least. A wrong guess costs packets that the peer refuses as too old, so that the slower path seems to lose them:
 * `multipath.reorderBudgetPackets` overrules it.
 */
export function reorderBudgetOf(kind: PeerKind): RemoteParameters['reorderBudget'] {
  switch (kind) {
    case 'libwebrtc':
      return { records: REORDER_BUDGETS.boringssl, srtpPackets: REORDER_BUDGETS.libwebrtcSrtp };
    case 'firefox':
      return { records: REORDER_BUDGETS.nss, srtpPackets: REORDER_BUDGETS.libwebrtcSrtp };
    case 'hawser':
      return { records: REORDER_BUDGETS.hawser, srtpPackets: REORDER_BUDGETS.hawser };
    case 'unknown':
      return undefined;
  }
}
