import type { IceCandidateEvent } from './events.ts';
import type { PeerConnection } from './peer-connection.ts';
import type { WaitOptions } from './waiters.ts';

/**
 * Signals two connections of one process to each other: one offer, one answer, candidates as they come. For examples and
 * tests; what lies between two processes is the application's own.
 *
 * Resolves when both are connected. Errors: those of `setRemoteDescription` and `connected`.
 */
export async function connectPeers(
  offerer: PeerConnection,
  answerer: PeerConnection,
  options?: WaitOptions,
): Promise<void> {
  trickle(offerer, answerer);
  trickle(answerer, offerer);
  await offerer.setLocalDescription();
  await answerer.setRemoteDescription(offerer.localDescription ?? NOTHING);
  await answerer.setLocalDescription();
  await offerer.setRemoteDescription(answerer.localDescription ?? NOTHING);
  await Promise.all([offerer.connected(options), answerer.connected(options)]);
}

function trickle(from: PeerConnection, to: PeerConnection): void {
  from.addEventListener('icecandidate', (event) => {
    // One that comes after the other end closed concerns nobody.
    to.addIceCandidate((event as IceCandidateEvent).candidate).catch(() => undefined);
  });
}

/** Refused as any text that is no description. */
const NOTHING = { type: 'offer', sdp: '' } as const;
