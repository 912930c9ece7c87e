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
export { type DatachannelStack, floorStack, hawserStack, OTHER_STACKS } from './datachannel-sides.ts';
export { pionHandshakes, weriftHandshakes } from './dtls-peers.ts';
export type { FuzzTarget } from './fuzz-contract.ts';
export { peerVersion, requirePeer } from './peers.ts';
export { pionPeer } from './pion.ts';
export { Repeated } from './repeated.ts';
export type { RingbufModule, RingbufRing } from './ringbuf-peer.ts';
export { measureRoundTrips, measureThroughput, type RoundTrips, type Throughput } from './side-processes.ts';
export { type SrtpOperation, srtpPeers, timedBatches } from './srtp-peers.ts';
export { type StunFixture, type StunOperation, stunPeers } from './stun-peers.ts';
