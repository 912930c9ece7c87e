/** The werift process: one `RTCPeerConnection` of it, called over JSON-RPC on standard input and output. */
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import { requirePeer } from '../../bench/src/peers.ts';
import type { Werift } from './werift.ts';
import { WeriftPeer } from './werift-peer.ts';

const loaded = requirePeer<Werift>('werift');
const rpc = new JsonRpcPeer(process.stdin, process.stdout);
let peer: WeriftPeer | undefined;

rpc.on('launch', () => {
  if ('unavailable' in loaded) throw new Error(loaded.unavailable);
  peer = new WeriftPeer(loaded.module);
  return { version: loaded.version };
});

rpc.on('peer', (params) => {
  const { name, args } = params as { name: string; args: unknown };
  return (peer as unknown as Record<string, (args: unknown) => unknown>)[name](args);
});

rpc.on('exit', async () => {
  await peer?.close();
  setImmediate(() => process.exit(0));
});

process.stdin.on('end', () => process.exit(1));
