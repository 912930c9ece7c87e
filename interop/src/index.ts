export { type LinkEnd, Netns, type NetnsHost, netnsUnavailable, type Shape } from './netns.ts';
export type { InteropCase, InteropContext, InteropResult, RunPeer } from './peer-contract.ts';
export { oneToTwo, type Topology, twoLinks } from './topologies.ts';
