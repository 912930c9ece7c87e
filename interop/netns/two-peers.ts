import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NetnsHost } from '../src/netns.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = fileURLToPath(new URL('./peer.ts', import.meta.url));

/** What a peer says of itself. */
export interface Report {
  readonly connected: boolean;
  readonly paths: readonly { readonly local: string; readonly egress?: string; readonly state: string }[];
  /** Since it began. `at` is wall time, ms. */
  readonly changes: readonly {
    readonly at: number;
    readonly local: string;
    readonly state: string;
    readonly why: string;
  }[];
  /** Longest pause between two messages that came in. */
  readonly longestGapMs: number;
}

/** A peer in a host of its own, and how to ask it. */
export class NetnsPeer {
  readonly #child: ChildProcess;
  readonly #answers: { resolve(report: Report): void; reject(error: Error): void }[] = [];
  /** What the other one is to hear. */
  onSignal: (signal: unknown) => void = () => undefined;

  constructor(
    host: NetnsHost,
    role: 'offerer' | 'answerer',
    config: { readonly addresses?: readonly string[]; readonly mdnsCandidates?: boolean },
  ) {
    const args = ['--conditions=@hawser/source', '--import', 'tsx', script, role, JSON.stringify(config)];
    this.#child = host.spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { signal, answer } = JSON.parse(line);
      if (signal !== undefined) this.onSignal(signal);
      else this.#answers.shift()?.resolve(answer);
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#answers) reject(new Error('a peer ended by itself'));
    });
  }

  /** Hands a line to the peer. */
  say(value: object): void {
    this.#child.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  report(): Promise<Report> {
    this.say({ ask: 'report' });
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  /** Asks until it says so. Errors: after `withinMs`, with what it said last. */
  async until(holds: (report: Report) => boolean, withinMs: number): Promise<Report> {
    const end = performance.now() + withinMs;
    for (;;) {
      const report = await this.report();
      if (holds(report)) return report;
      if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(report.paths)}`);
      await sleep(20);
    }
  }
}

/** Lets two peers hear each other's signals. */
export function introduce(a: NetnsPeer, b: NetnsPeer): void {
  a.onSignal = (signal) => b.say({ signal });
  b.onSignal = (signal) => a.say({ signal });
}
