import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Unavailable } from './contract.ts';
import { peersFolder, peerVersion } from './peers.ts';
import { NODE_ARGS, type SideCommand } from './side-processes.ts';

/** The program that `bench/peers/setup` builds from `bench/peers/pion-datachannel`. */
export const pionDatachannelProgram = join(peersFolder, 'pion', 'build', 'pion-datachannel');

/** Debian's interpreter: its packages are not found by another. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

/** A stack that has sides, and how many bytes of its queue serve it best (`64 B`, `1 KiB`, `16 KiB`, `64 KiB`). */
export interface DatachannelStack {
  readonly command: SideCommand;
  readonly version: string;
  readonly highWaterBytes: Readonly<Record<number, number>>;
}

const folder = join(peersFolder, 'datachannel');
const [S, M, K256, L] = [16_384, 65_536, 262_144, 1_048_576];

const nodeSide = (name: string, ...extra: string[]): SideCommand => ({
  program: process.execPath,
  args: [...NODE_ARGS, join(folder, `${name}-side.ts`)],
  extra,
});

const bySize = (b64: number, k1: number, k16: number, k64: number) => ({
  64: b64,
  1024: k1,
  16384: k16,
  65536: k64,
});

/** Our own. @param search look for what the path carries beyond 1 200 bytes */
export function hawserStack(search = false): DatachannelStack {
  return {
    command: nodeSide('hawser', ...(search ? ['search'] : [])),
    version: 'this tree',
    highWaterBytes: bySize(K256, K256, K256, K256),
  };
}

/**
 * What any stack on node:dgram pays: 1 200 bytes sent and received, one AEAD call each, half an acknowledgement.
 *
 * @param lowered sockets connected to each other, and the faster cipher of `@hawser/dtls`
 */
export function floorStack(lowered = false): DatachannelStack {
  const how = lowered
    ? 'connected node:dgram + ChaCha20-Poly1305 of @hawser/dtls'
    : 'node:dgram + AES-128-GCM of node:crypto';
  return {
    command: nodeSide('floor', ...(lowered ? ['lowered'] : [])),
    version: `${how} + half a SACK, node ${process.versions.node}`,
    highWaterBytes: bySize(M, M, M, M),
  };
}

/** The other stacks, each with the queue that served it best in our baselines. */
export const OTHER_STACKS: Readonly<Record<string, () => DatachannelStack | Unavailable>> = {
  werift: () => npmStack('werift', 'werift', bySize(S, M, M, M)),
  pion: () => {
    if (!existsSync(pionDatachannelProgram)) return { unavailable: 'pion is not built: run bench/peers/setup' };
    const version = execFileSync(pionDatachannelProgram, { encoding: 'utf8' }).trim();
    return { command: { program: pionDatachannelProgram, args: [] }, version, highWaterBytes: bySize(M, M, M, M) };
  },
  wrtc: () => npmStack('wrtc', '@roamhq/wrtc', bySize(L, L, M, S)),
  'node-datachannel': () => npmStack('node-datachannel', 'node-datachannel', bySize(S, M, S, S)),
  aiortc: () => {
    const args = [join(folder, 'aiortc_side.py')];
    try {
      const ask = ['-c', 'import aiortc; print(aiortc.__version__)'];
      const version = execFileSync(DEBIAN_PYTHON, ask, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      return { command: { program: DEBIAN_PYTHON, args }, version, highWaterBytes: bySize(L, S, S, S) };
    } catch {
      return { unavailable: 'python3-aiortc is not installed: run bench/peers/setup' };
    }
  },
};

function npmStack(
  side: string,
  name: string,
  highWaterBytes: DatachannelStack['highWaterBytes'],
): DatachannelStack | Unavailable {
  const version = peerVersion(name);
  if (version === undefined) return { unavailable: `${name} is not installed: run bench/peers/setup` };
  return { command: nodeSide(side), version, highWaterBytes };
}
