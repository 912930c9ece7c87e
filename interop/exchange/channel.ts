import { sleep } from '../chromium/reports.ts';
import type { Side } from '../chromium/side.ts';
import type { Load } from './expected.ts';
import type { ChannelInit, Progress, Taken } from './side.js';

/** Everything that is known to happen at once may take so long. */
const SOON_MS = 15_000;
/** Nothing more comes when nothing came for so long. */
const SILENCE_MS = 10_000;
const POLL_MS = 100;

let channels = 0;

/** Opens channels on one side; their labels are new, and ask the other side to take in what comes. */
export async function openChannels(
  from: Side,
  options: ChannelInit = {},
  count = 1,
): Promise<{ labels: string[]; ids: number[] }> {
  const labels = Array.from({ length: count }, () => `take ${++channels}.`);
  const ids = await from.peer<number[]>('openChannels', { labels, options }, SOON_MS + 50 * count);
  return { labels, ids };
}

/** What a sender did. */
export interface Sent {
  readonly sent: number;
  /** Why it stopped before the end; empty when it did not. */
  readonly stopped: string;
}

/** Sends messages on channels. `paceMs` after each number; `bounded`: waits while the queue is long. */
export function send(
  from: Side,
  labels: readonly string[],
  { count, bytes }: Load,
  { paceMs = 0, bounded = true, limitMs = SOON_MS }: { paceMs?: number; bounded?: boolean; limitMs?: number } = {},
): Promise<Sent> {
  return from.peer<Sent>('sendMessages', { labels, count, bytes, paceMs, bounded }, limitMs);
}

/** Closes channels; resolves when that side has closed both directions of each. */
export function close(side: Side, labels: readonly string[]): Promise<void> {
  return side.peer('closeChannels', { labels }, SOON_MS + 50 * labels.length);
}

/** Waits until a side knows enough of a channel, or nothing changed for long. */
export async function until(
  side: Side,
  prefix: string,
  enough: (progress: Progress) => boolean,
  silenceMs = SILENCE_MS,
): Promise<Progress> {
  let last = '';
  let since = performance.now();
  for (;;) {
    const progress = await side.peer<Progress>('progress', { prefix }, SOON_MS);
    const text = JSON.stringify(progress);
    if (text !== last) since = performance.now();
    last = text;
    if (enough(progress) || performance.now() - since > silenceMs) return progress;
    await sleep(POLL_MS);
  }
}

/** Waits until `messages` came by a channel, or nothing more does, and takes them. */
export async function taken(
  at: Side,
  label: string,
  messages: number,
  { numbers = false, silenceMs }: { numbers?: boolean; silenceMs?: number } = {},
): Promise<Taken> {
  await until(at, label, (progress) => progress.messages >= messages, silenceMs);
  return at.peer<Taken>('taken', { label, numbers });
}
