import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How to start a side; the task is appended: `send|receive throughput|ping <message bytes> <high water bytes> [extra…]`. */
export interface SideCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Arguments behind the task. */
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What two processes came to in the receiver's window. */
export interface Throughput {
  readonly megabytesPerSecond: number;
  readonly messagesPerSecond: number;
  /** CPU seconds of both processes for 10^9 bytes of messages. */
  readonly cpuSecondsPerGigabyte: number;
  /** CPU of each, as a share of a core. */
  readonly senderLoad: number;
  readonly receiverLoad: number;
}

/** Of a thousand round trips. */
export interface RoundTrips {
  readonly p50Us: number;
  readonly p99Us: number;
  /** From the offer to the open channel, ms. */
  readonly setupMs: number;
}

interface Report {
  readonly signal?: unknown;
  readonly open?: number;
  readonly begin?: boolean;
  readonly end?: { readonly messages: number; readonly bytes: number; readonly ms: number };
  readonly roundTrips?: { readonly p50: number; readonly p99: number };
}

/** Node's sources run as they are. */
export const NODE_ARGS = ['--conditions=@hawser/source', '--import', 'tsx'] as const;

const LONGEST_RUN_MS = 25_000;
/** Linux counts a process's time in hundredths of a second (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** One measurement of `messageBytes`: the pair is started, measured and ended. */
export async function measureThroughput(
  command: SideCommand,
  messageBytes: number,
  highWaterBytes: number,
): Promise<Throughput> {
  const pair = new SidePair(command, 'throughput', messageBytes, highWaterBytes);
  try {
    await pair.report((report) => report.begin);
    const from = [pair.cpuSeconds('send'), pair.cpuSeconds('receive')];
    const { messages, bytes, ms } = await pair.report((report) => report.end);
    const seconds = ms / 1000;
    const sender = pair.cpuSeconds('send') - from[0];
    const receiver = pair.cpuSeconds('receive') - from[1];
    return {
      megabytesPerSecond: bytes / 1e6 / seconds,
      messagesPerSecond: messages / seconds,
      cpuSecondsPerGigabyte: (sender + receiver) / (bytes / 1e9),
      senderLoad: sender / seconds,
      receiverLoad: receiver / seconds,
    };
  } finally {
    pair.end();
  }
}

/** A thousand round trips of `messageBytes`, one at a time. */
export async function measureRoundTrips(command: SideCommand, messageBytes: number): Promise<RoundTrips> {
  const pair = new SidePair(command, 'ping', messageBytes, 65_536);
  try {
    const { p50, p99 } = await pair.report((report) => report.roundTrips);
    return { p50Us: p50, p99Us: p99, setupMs: pair.setupMs };
  } finally {
    pair.end();
  }
}

type Role = 'send' | 'receive';

/** Two processes that talk to each other; what they signal is passed across. */
class SidePair {
  setupMs = 0;
  readonly #children: Readonly<Record<Role, ChildProcess>>;
  readonly #waiting = new Set<(report: Report | Error) => void>();
  #ended = false;

  constructor(command: SideCommand, mode: 'throughput' | 'ping', messageBytes: number, highWaterBytes: number) {
    const { program, args, extra = [], env } = command;
    const start = (role: Role) => {
      const task = [role, mode, String(messageBytes), String(highWaterBytes), ...extra];
      const child = spawn(program, [...args, ...task], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      let complaint = '';
      child.stderr?.on('data', (text) => {
        complaint = `${complaint}${text}`.slice(-2000);
      });
      child.on('error', (error) => this.#tell(error));
      child.on('exit', (code) => this.#tell(new Error(`the ${role} side ended with ${code}: ${complaint}`)));
      // A side that ended no longer reads.
      child.stdin?.on('error', () => {});
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.#take(role, line));
      return child;
    };
    this.#children = { receive: start('receive'), send: start('send') };
  }

  /** Resolves with what `pick` finds in a report of either side. */
  report<T>(pick: (report: Report) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (report: Report | Error) => {
        const found = report instanceof Error ? undefined : pick(report);
        if (found === undefined && !(report instanceof Error)) return;
        this.#waiting.delete(settle);
        clearTimeout(timer);
        if (report instanceof Error) reject(report);
        else resolve(found as T);
      };
      const timer = setTimeout(settle, LONGEST_RUN_MS, new Error('the sides did not come to an end in time'));
      this.#waiting.add(settle);
    });
  }

  /** User and system time of a process, seconds (proc(5): fields 14 and 15 of stat). */
  cpuSeconds(role: Role): number {
    const stat = readFileSync(`/proc/${this.#children[role].pid}/stat`, 'latin1');
    // The name, field 2, may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  end(): void {
    this.#ended = true;
    for (const child of Object.values(this.#children)) child.kill('SIGKILL');
  }

  #take(role: Role, line: string): void {
    // Libraries print, too.
    if (!line.startsWith('{')) return;
    const report = JSON.parse(line) as Report;
    if (report.open !== undefined && role === 'send') this.setupMs = report.open;
    if (report.signal !== undefined) {
      const other = this.#children[role === 'send' ? 'receive' : 'send'];
      other.stdin?.write(`${JSON.stringify({ signal: report.signal })}\n`);
    }
    this.#tell(report);
  }

  #tell(report: Report | Error): void {
    if (this.#ended) return;
    for (const settle of [...this.#waiting]) settle(report);
  }
}
