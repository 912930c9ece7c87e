import { connect, disconnect, type Offerer } from '../connect.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

const TRANSFER_BYTES = 5_000_000;

interface Stats {
  readonly paths: readonly { readonly transport: string; readonly state: string }[];
}

/** Neither is told a UDP candidate of the other: the browser connects to the port on which Hawser listens (RFC 6544). */
export function tcpOnly(offerer: Offerer): Case {
  return { name: `tcp-only-${offerer}-offers`, run: (place) => run(place, offerer) };
}

async function run({ sides, topology, addresses }: Place, offerer: Offerer): Promise<Finding> {
  const { browser, hawser } = sides;
  const { expect, faults } = expectations();
  const startedAt = performance.now();
  await connect(sides, {
    offerer,
    media: false,
    trickle: true,
    loopback: topology === undefined,
    config: { addresses, iceTcp: 'passive' },
    transport: 'tcp',
  });
  const connectMs = Math.round(performance.now() - startedAt);
  try {
    const transfer = { label: 'sink', bytes: TRANSFER_BYTES, messageBytes: 16_384 };
    for (const [name, side] of Object.entries({ browser, hawser })) {
      const { ok } = await side.peer<{ ok: boolean }>('transfer', transfer);
      expect(ok, `what ${name} sent differs`);
    }
    const { paths } = await hawser.peer<Stats>('stats');
    expect(paths.length > 0 && paths.every(({ transport }) => transport === 'tcp'), 'a path is not by TCP');
    return { figures: { connect_ms: connectMs, paths: paths.length }, faults };
  } finally {
    await disconnect(sides);
  }
}
