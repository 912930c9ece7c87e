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
export { importPeer, peerVersion } from './peers.ts';
