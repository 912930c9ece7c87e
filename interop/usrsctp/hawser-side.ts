/**
 * Hawser's process: one association over UDP, called over JSON-RPC on standard input and output, one message a line.
 */
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import { AssociationEnd } from './association-end.ts';

const rpc = new JsonRpcPeer(process.stdin, process.stdout);
const end = new AssociationEnd();

rpc.on('peer', (params) => {
  const { name, args } = params as { name: string; args: unknown };
  return (end as unknown as Record<string, (args: unknown) => unknown>)[name](args);
});

rpc.on('exit', () => setImmediate(() => process.exit(0)));

process.stdin.on('end', () => process.exit(1));
