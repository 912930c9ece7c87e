import { type LinkConfig, type Pair, type PairOptions, runPair } from '@hawser/netsim';
import { NO_PATH, type PathChooser, type PathInfo, type PathState } from '@hawser/wire';
import type { SctpConfig } from '../../src/config.ts';
import { createMessage, SctpAssociation, SendStatus } from '../../src/index.ts';

export type AssociationPair = Pair<SctpAssociation, SctpAssociation>;

/** The path with the least round-trip time among those with room. */
export function lowestRttFirst(): PathChooser {
  return {
    choose(_now, _cls, bytes, paths) {
      let best = -1;
      for (let i = 0; i < paths.count; i++) {
        if (paths.creditBytes[i] < bytes) continue;
        if (best < 0 || paths.srttMs[i] < paths.srttMs[best]) best = i;
      }
      return best < 0 ? NO_PATH : paths.ids[best];
    },
    sent() {},
  };
}

export interface Setup {
  readonly seed?: string | number;
  readonly paths?: readonly LinkConfig[];
  readonly a?: Partial<SctpConfig>;
  readonly b?: Partial<SctpConfig>;
  readonly options?: PairOptions<SctpAssociation, SctpAssociation>;
}

export function makePair({ seed = 1, paths = [{ delayMs: 10 }], a, b, options }: Setup = {}): AssociationPair {
  // DATA, as with browsers, unless a test asks for I-DATA.
  const common = { remoteMaxMessageSizeBytes: 0, interleaving: false };
  return runPair(
    (env) => new SctpAssociation({ ...common, chooser: lowestRttFirst(), dtlsRole: 'client', ...a }, env),
    (env) => new SctpAssociation({ ...common, chooser: lowestRttFirst(), dtlsRole: 'server', ...b }, env),
    { seed, paths, ...options },
  );
}

/** A pair that is established on both sides; `both`: each side begins. */
export function connected(setup: Setup = {}, both = true): AssociationPair {
  const pair = makePair(setup);
  pair.a.act((m, now) => m.connect(now));
  if (both) pair.b.act((m, now) => m.connect(now));
  pair.runUntil(() => pair.a.machine.state === 'established' && pair.b.machine.state === 'established');
  return pair;
}

export function pathInfo(state: PathState): PathInfo {
  return { state, mtuBytes: 1200, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: undefined, cost: 0 };
}

/** Tells both sides. */
export function tellPath(pair: AssociationPair, path: number, state: PathState): void {
  pair.a.act((m, now) => m.handlePath(now, path, pathInfo(state)));
  pair.b.act((m, now) => m.handlePath(now, path, pathInfo(state)));
}

/** Reads all messages of one side, as text or hexadecimal-free byte arrays. */
export function readAll(machine: SctpAssociation): { channel: number; binary: boolean; bytes: Uint8Array }[] {
  const out = createMessage();
  const messages = [];
  while (machine.pollMessage(out)) {
    const bytes = out.bytes.slice(out.offset, out.offset + out.length);
    messages.push({ channel: out.channel, binary: out.binary, bytes });
  }
  return messages;
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function sendText(machine: SctpAssociation, now: number, channel: number, message: string): SendStatus {
  const bytes = new TextEncoder().encode(message);
  return machine.send(now, channel, bytes, 0, bytes.length, false);
}

export interface Transfer {
  /** Virtual milliseconds from the first message's sending to the last one's arrival. */
  readonly ms: number;
  readonly bps: number;
  /** Messages that arrived out of order, twice or damaged. */
  readonly wrong: number;
  readonly mostReceiveBufferedBytes: number;
}

/** Sends numbered messages from a to b over one ordered channel until all are there, and checks them. */
export function transfer(
  pair: AssociationPair,
  totalBytes: number,
  messageBytes = 50_000,
  limitMs = 120_000,
): Transfer {
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'transfer' }));
  const count = Math.ceil(totalBytes / messageBytes);
  const message = new Uint8Array(messageBytes);
  const out = createMessage();
  const start = pair.clock.now;
  let sent = 0;
  let got = 0;
  let wrong = 0;
  let mostReceiveBufferedBytes = 0;
  const step = (): boolean => {
    for (; sent < count; sent++) {
      mark(message, sent);
      if (pair.a.machine.send(pair.clock.now, channel, message, 0, messageBytes, true) !== SendStatus.queued) break;
    }
    mostReceiveBufferedBytes = Math.max(mostReceiveBufferedBytes, pair.b.machine.stats().receiveBufferedBytes);
    for (; pair.b.machine.pollMessage(out); got++) if (!isMarked(out.bytes, out.length, got, messageBytes)) wrong++;
    return got >= count;
  };
  pair.a.act(() => step());
  pair.runUntil(step, limitMs);
  const ms = pair.clock.now - start;
  return { ms, bps: (count * messageBytes * 8000) / ms, wrong, mostReceiveBufferedBytes };
}

/** Writes `n` into the ends and the middle of a message. */
function mark(bytes: Uint8Array, n: number): void {
  for (const at of [0, bytes.length >> 1, bytes.length - 4]) {
    bytes[at] = n;
    bytes[at + 1] = n >>> 8;
    bytes[at + 2] = n >>> 16;
  }
}

function isMarked(bytes: Uint8Array, length: number, n: number, expectedLength: number): boolean {
  if (length !== expectedLength) return false;
  return [0, length >> 1, length - 4].every(
    (at) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) === (n & 0xffffff),
  );
}
