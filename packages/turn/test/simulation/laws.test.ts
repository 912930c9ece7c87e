import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { EchoingServer } from '../kit/echoing-server.ts';
import { addressOf, RelayedClient } from '../kit/relayed-client.ts';

const SERVER_FLOW = 7;
const PEER = addressOf('198.51.100.7', 7000);
const OTHER = addressOf('198.51.100.8', 7000);

const setup: MachineLawSetup<RelayedClient, EchoingServer> = {
  name: 'turn',
  makeA: (env) => new RelayedClient({ server: SERVER_FLOW, username: 'alice', password: 'pass' }, env),
  makeB: (env) => new EchoingServer({ realm: 'example.org', users: { alice: 'pass' }, nonceLifetimeSeconds: 60 }, env),
  script: [
    { atMs: 0, run: ({ a }, now) => a.turn.allocate(now) },
    { atMs: 100, run: ({ a }, now) => void a.turn.bind(now, PEER) },
    { atMs: 110, run: ({ a }, now) => void a.turn.permit(now, OTHER) },
    ...Array.from({ length: 10 }, (_, n) => ({
      atMs: 500 + 20 * n,
      run: ({ a }: { a: RelayedClient }) => a.send('198.51.100.7', 7000, new Uint8Array(50 + n).fill(n)),
    })),
    { atMs: 800, run: ({ a }) => a.send('198.51.100.8', 7000, new Uint8Array(33)) },
    { atMs: 700_000, run: ({ a }) => a.send('198.51.100.7', 7000, new Uint8Array(9)) },
    { atMs: 710_000, run: ({ a }, now) => a.turn.release(now) },
  ],
  // A lost release leaves the allocation to run out by itself.
  quiet: { withinMs: 4_000_000 },
  route: (side) => ({ path: 0, from: side === 'a' ? 0 : SERVER_FLOW }),
  collect: (_side, machine) =>
    machine instanceof RelayedClient ? machine.received.splice(0).map(({ from, bytes }) => `${from} ${bytes}`) : [],
  state: (_side, machine) => (machine instanceof RelayedClient ? machine.turn.state : machine.turn.allocations),
  sizeOf: (machine) => (machine instanceof EchoingServer ? machine.turn.entries : 0),
  sizeLimit: 600,
  headRoomUsedBytes: 52,
  tailRoomUsedBytes: 3,
};

describe('client and server keep the law', () => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    for (const seed of [1, 2]) checkMachineLaw(law, setup, seed);
  });

  it('and the first flow of the server is the client', () => {
    const env = { now: 0, unixMs: 0, secure: { fillSecure: () => {} }, jitter: { nextUnit: () => 0 } };
    expect(new EchoingServer({ realm: 'r' }, env).client).toBe(0);
  });
});
