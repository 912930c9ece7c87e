export type {
  Bench,
  BenchCase,
  BenchPeer,
  BenchTarget,
  BenchUnit,
  Measurable,
  PeerSource,
  Unavailable,
} from './contract.ts';
export type { FuzzTarget } from './fuzz-contract.ts';
export { peerVersion, requirePeer } from './peers.ts';
export { pionPeer } from './pion.ts';
export type { RingbufModule, RingbufRing } from './ringbuf-peer.ts';
export { type StunFixture, type StunOperation, stunPeers } from './stun-peers.ts';
