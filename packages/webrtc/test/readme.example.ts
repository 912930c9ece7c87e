import { type PeerConnectionConfig, PeerConnectionMachine } from '@hawser/webrtc';
import type { Env } from '@hawser/wire';

/** Two machines agree on a data channel by text; driving them (sockets, timers) is the caller's. */
export function agree(config: PeerConnectionConfig, a: Env, b: Env): string {
  const offerer = new PeerConnectionMachine(config, a);
  const answerer = new PeerConnectionMachine(config, b);
  offerer.createDataChannel(0, { label: 'chat' });
  offerer.setLocalDescription(0); // makes the offer
  const refused = answerer.setRemoteDescription(0, offerer.localDescription!);
  if (refused !== undefined) return `${refused.code} in line ${refused.sdpLineNumber}`;
  answerer.setLocalDescription(0); // makes the answer
  offerer.setRemoteDescription(0, answerer.localDescription!);
  return offerer.signalingState; // 'stable'
}
