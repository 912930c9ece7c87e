import { checkMachineLaw, type LinkConfig, MACHINE_LAWS, type MachineLawSetup } from '@hawser/netsim';
import { describe, it } from 'vitest';
import { SctpAssociation, type SctpConfig, type SctpEvent } from '../../src/index.ts';
import { lowestRttFirst, pathInfo, readAll, sendText } from '../support/associations.ts';

/**
 * Tells nothing of `readable` and `buffered-amount-low`: they are hints about buffers that draining fills and empties, so
 * how often they come follows from how often one drains.
 */
class Association extends SctpAssociation {
  override pollEvent(): SctpEvent | undefined {
    for (;;) {
      const event = super.pollEvent();
      if (event?.type !== 'readable' && event?.type !== 'buffered-amount-low') return event;
    }
  }
}

function setup(
  name: string,
  paths: readonly LinkConfig[],
  config: Partial<SctpConfig>,
): MachineLawSetup<SctpAssociation> {
  const make = (dtlsRole: 'client' | 'server') => (env: ConstructorParameters<typeof SctpAssociation>[1]) => {
    const chooser = lowestRttFirst();
    const machine = new Association({ dtlsRole, chooser, heartbeatIntervalMs: 0, ...config }, env);
    paths.forEach((_, path) => {
      machine.handlePath(env.now, path, pathInfo('active'));
    });
    return machine;
  };
  return {
    name,
    makeA: make('client'),
    makeB: make('server'),
    paths,
    script: [
      {
        atMs: 0,
        run({ a, b }, now) {
          a.connect(now);
          b.connect(now);
          a.openChannel(now, { label: 'ordered' });
          a.openChannel(now, { label: 'unordered', ordered: false });
          b.openChannel(now, { label: 'negotiated', negotiated: true, id: 100 });
          a.openChannel(now, { label: 'negotiated', negotiated: true, id: 100 });
        },
      },
      ...Array.from({ length: 6 }, (_, n) => ({
        atMs: 200 + 30 * n,
        run({ a, b }: { a: SctpAssociation; b: SctpAssociation }, now: number) {
          for (let i = 0; i < 4; i++) sendText(a, now, 0, `ordered ${n} ${i} ${'.'.repeat(700 * i)}`);
          sendText(b, now, 100, `back ${n} ${'-'.repeat(5000)}`);
        },
      })),
      { atMs: 600, run: ({ a }, now) => a.closeChannel(now, 2) },
      { atMs: 5000, run: ({ a }, now) => a.shutdown(now) },
    ],
    collect: (_side, machine) => readAll(machine).map((m) => `${m.channel} ${m.binary} ${m.bytes.length}`),
    state: (_side, machine) => [machine.state, machine.channelIds().sort()],
    sizeOf: (machine) => machine.stats().receiveBufferedBytes + machine.stats().sendBufferedBytes,
    sizeLimit: 10_000_000,
    outputLimit: 100,
    isAllowed: (_side, event) => event.type !== 'closed' || event.reason === 'shutdown',
  };
}

describe.each([
  ['one path', [{ delayMs: 10 }], {}],
  ['three paths, DATA', [{ delayMs: 5 }, { delayMs: 20 }, { delayMs: 60 }], { sackDelayMs: 20, interleaving: false }],
] as const)('the laws of machines, %s', (name, paths, config) => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    for (const seed of [1, 2, 3]) checkMachineLaw(law, setup(`sctp, ${name}`, paths, config), seed);
  });
});
