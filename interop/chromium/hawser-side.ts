/**
 * Hawser's process: one `PeerConnection` that does to the browser what the page does to it. One JSON-RPC message a line
 * on standard input and output. Run inside the peer's network namespace.
 */
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import { HawserPeer } from './hawser/hawser-peer.ts';

const rpc = new JsonRpcPeer(process.stdin, process.stdout);
const peer = new HawserPeer((event, params) => rpc.notify(event, params));

rpc.on('peer', (params) => {
  const { name, args } = params as { name: string; args: unknown };
  const methods = peer as unknown as Record<string, (args: unknown) => unknown>;
  return methods[name](args);
});

rpc.on('exit', async () => {
  await peer.close();
  setImmediate(() => process.exit(0));
});

process.stdin.on('end', () => process.exit(1));
