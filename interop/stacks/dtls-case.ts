import type { MultipathStats } from '@hawser/node';
import { expectations, type Finding } from '../chromium/cases/case.ts';
import type { Topology } from '../src/index.ts';
import type { Offerer, StackCase } from './case.ts';
import { describe, disconnect, type Pair } from './pair.ts';
import type { Stack } from './stack.ts';

/** Records of DTLS that are lost on their way, either way, of 100. */
const LOSSES = [0, 10, 30] as const;
/** What a path may carry of ours, UDP payload: our flights must find it out and become smaller. */
const SMALL_MTU_BYTES = 600;
/** Connections made one after the other: loss falls differently each time. */
const CONNECTIONS = 5;
/** Timers of 1 s that double, on either side, and 30 % lost: five in a row are, now and then. */
const HANDSHAKE_MS = 60_000;
const EXCHANGE_MS = 10_000;

/** What befalls datagrams of DTLS on their way between the two; everything else passes. */
interface Harm {
  readonly name: string;
  readonly lossPercent: number;
  /** Longer ones of ours vanish. */
  readonly mtuBytes?: number;
}

const HARMS: readonly Harm[] = [
  ...LOSSES.map((lossPercent) => ({ name: `loss-${lossPercent}`, lossPercent })),
  { name: `mtu-${SMALL_MTU_BYTES}`, lossPercent: 0, mtuBytes: SMALL_MTU_BYTES },
];

/**
 * The handshake alone in trouble: whoever answers the offer is the DTLS client (RFC 8842 5.3), so that both roles are had. Once
 * connected the network is whole again, and a message goes both ways under the keys that came of it.
 */
export function dtlsCases(stack: Stack): StackCase[] {
  return HARMS.flatMap((harm) =>
    (['hawser', 'peer'] as const).map((offerer) => ({
      name: `dtls-${harm.name}-${offerer === 'peer' ? stack.name : offerer}-offers`,
      place: 'T1' as const,
      onLoopback: false,
      run: (pair: Pair) => run(stack, pair, offerer, harm),
    })),
  );
}

/** What a row of connections came to. */
interface Row {
  readonly connectedMs: readonly number[];
  readonly failures: readonly string[];
  /** Version of DTLS and cipher suite of the last. */
  readonly version: '1.2' | '1.3' | undefined;
  readonly agreed: string;
}

async function run(stack: Stack, pair: Pair, offerer: Offerer, harm: Harm): Promise<Finding> {
  const { expect, faults } = expectations();
  const mayGiveUp = harm.lossPercent > 0 && stack.mayFailHandshakes === true;
  const role = offerer === 'hawser' ? 'server' : 'client';
  const notes = [`Hawser is the DTLS ${role}, ${stack.name} the ${role === 'server' ? 'client' : 'server'}`];
  const figures: Record<string, number> = {};
  const note = (row: Row) => {
    const { agreed, connectedMs, failures, version = 'none' } = row;
    notes.push(agreed);
    const name = `dtls${version.replace('.', '')}`;
    figures[`${name}_connections`] = connectedMs.length;
    figures[`${name}_connected_ms_median`] = connectedMs[Math.floor(connectedMs.length / 2)] ?? -1;
    figures[`${name}_connected_ms_most`] = connectedMs.at(-1) ?? -1;
    expect(connectedMs.length > 0, 'no connection came about');
    if (!mayGiveUp) faults.push(...failures);
    else if (failures.length > 0) notes.push(`${stack.name} gave up: ${failures.join(', ')}`);
  };
  const best = await connectRow(pair, offerer, harm, ['1.3', '1.2']);
  note(best);
  // Who has both is tried with both.
  if (best.version === '1.3') note(await connectRow(pair, offerer, harm, ['1.2']));
  return { figures, faults, note: notes.filter((text) => text !== '').join('; ') };
}

async function connectRow(
  pair: Pair,
  offerer: Offerer,
  harm: Harm,
  versions: readonly ('1.2' | '1.3')[],
): Promise<Row> {
  const connectedMs: number[] = [];
  const failures: string[] = [];
  let version: Row['version'];
  let agreed = '';
  for (let i = 0; i < CONNECTIONS; i++) {
    try {
      connectedMs.push(await connect(pair, offerer, harm, versions));
      const { ok } = await pair.hawser.peer<{ ok: boolean }>(
        'echo',
        { label: 'echo after', sizes: [1_000] },
        EXCHANGE_MS,
      );
      if (!ok) failures.push(`connection ${i}: the message came back changed`);
      const { dtlsVersion, cipherSuite } = await pair.hawser.peer<MultipathStats>('stats');
      version = dtlsVersion;
      agreed = `DTLS ${dtlsVersion} ${cipherSuite}`;
    } catch (error) {
      failures.push(`connection ${i}: ${(error as Error).message}`);
    } finally {
      await disconnect(pair);
    }
  }
  connectedMs.sort((x, y) => x - y);
  return { connectedMs, failures, version, agreed };
}

/** Milliseconds from the answer until both are connected. */
async function connect(
  pair: Pair,
  offerer: Offerer,
  harm: Harm,
  versions: readonly ('1.2' | '1.3')[],
): Promise<number> {
  const { topology } = pair;
  if (topology === undefined) throw new Error('packets are lost in network namespaces only');
  const heal = hurt(topology, harm);
  try {
    await describe(pair, offerer, {}, { dtls: { versions, handshakeTimeoutMs: HANDSHAKE_MS } });
    const startedAt = performance.now();
    await Promise.all([pair.hawser, pair.peer].map((side) => side.peer('connected', {}, HANDSHAKE_MS)));
    return Math.round(performance.now() - startedAt);
  } finally {
    heal();
  }
}

/** The stack's host is the one that packets of ours come into. */
function hurt({ browser, peer, peerAddresses }: Topology, { lossPercent, mtuBytes }: Harm): () => void {
  const names = peerAddresses.map((_, path) => `eth${path}`);
  for (const name of names) {
    browser.loseDtls(name, lossPercent, mtuBytes);
    peer.loseDtls(name, lossPercent);
  }
  return () => {
    for (const host of [browser, peer]) for (const name of names) host.restore(name);
  };
}
