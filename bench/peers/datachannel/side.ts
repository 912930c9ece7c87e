/**
 * What the JavaScript sides of the data channel bench share. A side is a process that is told by its arguments what it is, and
 * speaks JSON, one object a line: `{ signal }` goes to the other side as it is, everything else is for the runner.
 *
 * ```
 * {"signal":…}                                             to the other side, by the runner
 * {"open":12.5}                                            ms from the offer to the open channel (sender)
 * {"begin":true}                                           receiver: a second after the first message
 * {"end":{"messages":…,"bytes":…,"ms":…}}                  receiver: what came in the window from there
 * {"roundTrips":{"p50":…,"p99":…}}                         sender of `ping`, us
 * ```
 */
import { createInterface } from 'node:readline';

/** The arguments: `send|receive throughput|ping <message bytes> <high water bytes>`. */
export interface Task {
  readonly role: 'send' | 'receive';
  readonly mode: 'throughput' | 'ping';
  readonly messageBytes: number;
  /** Bytes in the queue at which the sender pauses; it goes on at a quarter of them. */
  readonly highWaterBytes: number;
}

/** A data channel of any stack, as the traffic needs it. */
export interface BenchChannel {
  send(message: Buffer): void;
  bufferedAmount(): number;
  /** Calls back each time the queue falls to `bytes`. */
  onLow(bytes: number, callback: () => void): void;
  onMessage(callback: (bytes: number) => void): void;
}

/** The receiver counts from so long after the first message: queues and windows are filled then. */
const SETTLE_MS = 1000;
const WINDOW_MS = 2000;
const WARM_UP_ROUND_TRIPS = 6000;
const ROUND_TRIPS = 1000;

export function readTask(): Task {
  const [role, mode, messageBytes, highWaterBytes] = process.argv.slice(2);
  return {
    role: role as Task['role'],
    mode: mode as Task['mode'],
    messageBytes: Number(messageBytes),
    highWaterBytes: Number(highWaterBytes),
  };
}

export function say(report: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** Hands over what the other side says; the process ends with its standard input. */
export function onSignal(callback: (signal: unknown) => void): void {
  createInterface({ input: process.stdin })
    .on('line', (line) => callback((JSON.parse(line) as { signal: unknown }).signal))
    .on('close', () => process.exit(0));
}

/** Sends or receives over an open channel until the runner ends the process. */
export function run(task: Task, channel: BenchChannel): void {
  if (task.mode === 'ping') ping(task, channel);
  else if (task.role === 'send') pour(task, channel);
  else count(channel);
}

function pour({ messageBytes, highWaterBytes }: Task, channel: BenchChannel): void {
  const message = Buffer.alloc(messageBytes, 1);
  let isWaiting = false;
  const fill = () => {
    isWaiting = false;
    while (channel.bufferedAmount() < highWaterBytes) channel.send(message);
    isWaiting = true;
  };
  channel.onLow(highWaterBytes >> 2, () => {
    if (isWaiting) fill();
  });
  fill();
}

function count(channel: BenchChannel): void {
  let messages = 0;
  let total = 0;
  let isBegun = false;
  channel.onMessage((bytes) => {
    messages++;
    total += bytes;
    if (isBegun) return;
    isBegun = true;
    setTimeout(() => {
      const from = { messages, total, at: performance.now() };
      say({ begin: true });
      setTimeout(() => {
        const end = { messages: messages - from.messages, bytes: total - from.total, ms: performance.now() - from.at };
        say({ end });
      }, WINDOW_MS);
    }, SETTLE_MS);
  });
}

function ping({ role, messageBytes }: Task, channel: BenchChannel): void {
  const message = Buffer.alloc(messageBytes, 1);
  if (role === 'receive') {
    channel.onMessage(() => channel.send(message));
    return;
  }
  const times: number[] = [];
  let sentAt = 0;
  let rounds = 0;
  const next = () => {
    sentAt = performance.now();
    channel.send(message);
  };
  channel.onMessage(() => {
    if (++rounds > WARM_UP_ROUND_TRIPS) times.push((performance.now() - sentAt) * 1000);
    if (times.length < ROUND_TRIPS) {
      next();
      return;
    }
    times.sort((a, b) => a - b);
    say({ roundTrips: { p50: times[ROUND_TRIPS >> 1], p99: times[Math.floor(ROUND_TRIPS * 0.99)] } });
  });
  next();
}
