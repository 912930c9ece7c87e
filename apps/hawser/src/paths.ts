/** `hawser paths --doctor`: what is wrong with the routes of this machine's addresses, and what mends it. */
import { type LocalAddress, localAddresses } from '@hawser/node';
import { type Arguments, ExitCode, type Output, UnavailableError } from '../../../scripts/cli.ts';
import { diagnose, type PathRow } from './doctor.ts';
import { offLinkAddress } from './off-link.ts';
import { egressTo, type RunIp, readRouting, runIp } from './routing.ts';

/** What the command needs of its machine. */
export interface Machine {
  readonly platform: string;
  readonly isRoot: boolean;
  addresses(): LocalAddress[];
  readonly ip: RunIp;
}

export const thisMachine: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  addresses: () => localAddresses(),
  ip: runIp,
};

/** Prints a row for every address, as they are at the end. Exit code 1 while one of them has a problem. */
export async function doctor(args: Arguments, output: Output, machine: Machine = thisMachine): Promise<ExitCode> {
  if (machine.platform !== 'linux') {
    throw new UnavailableError(`routes by source address are looked at on Linux only, not on ${machine.platform}`);
  }
  let rows = examine(machine, args.texts.get('to'));
  const lines = rows.flatMap(({ mend }) => mend);
  if (args.flags.has('apply') && lines.length > 0) {
    if (!machine.isRoot) throw new UnavailableError('--apply needs root');
    for (const line of lines) {
      output.say(line);
      machine.ip(...line.split(' ').slice(1));
    }
    rows = examine(machine, args.texts.get('to'));
  }
  if (rows.length === 0) output.say('no interface that is up has an address');
  for (const row of rows) output.row(row, rowText(row));
  return rows.every(({ problem }) => problem === null) ? ExitCode.holds : ExitCode.fails;
}

function examine({ addresses, ip }: Machine, to: string | undefined): PathRow[] {
  const routing = { 4: readRouting(ip, 4), 6: readRouting(ip, 6) };
  const peerFor = (family: 4 | 6) => {
    const isNamed = to !== undefined && to.includes(':') === (family === 6);
    return isNamed ? to : offLinkAddress(routing[family], family);
  };
  const peers = { 4: peerFor(4), 6: peerFor(6) };
  return diagnose({
    addresses: addresses(),
    routing,
    egress: ({ address, family }) => egressTo(ip, family, peers[family], address),
  });
}

function rowText({ base, local, egress, problem, mend }: PathRow): string {
  const head = `${base}  ${local}  leaves by ${egress ?? 'nothing'}`;
  if (problem === null) return `${head}  ok`;
  const cure =
    mend.length > 0 ? mend : ['no default route of its interface is known: name its gateway to the system first'];
  return [`${head}  ${WORDS[problem]}`, ...cure.map((line) => `    ${line}`)].join('\n');
}

const WORDS = {
  'wrong-interface': 'WRONG: that is not the interface that has the address',
  'detour-on-loss': 'WRONG when its link is lost: it silently leaves by another interface then',
  'no-route': 'WRONG: no route leads out',
} as const;
