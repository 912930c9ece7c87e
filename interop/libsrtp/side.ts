import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** What libsrtp said to one request. */
export interface Answer {
  /** 0, or an error of libsrtp. */
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** A request as `libsrtp-side.c` reads it. */
export interface Request {
  readonly op: 'o' | 'p' | 'c' | 'u' | 'd';
  readonly bytes: Uint8Array;
}

const ANSWER_HEAD_BYTES = 8;

/** libsrtp in a child process. Requests go in batches: a round trip each would be most of the time. */
export class LibsrtpSide {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #waiting: { count: number; answers: Answer[]; done(answers: Answer[]): void; fail(error: Error): void } | undefined;
  #received: Buffer = Buffer.alloc(0);

  constructor(program: string) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#child.on('close', (code) => this.#waiting?.fail(new Error(`libsrtp-side ended with code ${code}`)));
  }

  /** The answers to `requests`, in their order. */
  async ask(requests: readonly Request[]): Promise<Answer[]> {
    const answers = await new Promise<Answer[]>((done, fail) => {
      this.#waiting = { count: requests.length + 1, answers: [], done, fail };
      // The version at the end makes it write out what it has answered.
      this.#child.stdin.write(Buffer.concat([...requests.flatMap(framed), ...framed({ op: 'v', bytes: NOTHING })]));
    });
    return answers.slice(0, -1);
  }

  async version(): Promise<string> {
    const [{ bytes }] = await new Promise<Answer[]>((done, fail) => {
      this.#waiting = { count: 1, answers: [], done, fail };
      this.#child.stdin.write(Buffer.concat(framed({ op: 'v', bytes: NOTHING })));
    });
    return new TextDecoder().decode(bytes);
  }

  close(): void {
    this.#child.stdin.end();
  }

  #take(bytes: Buffer): void {
    const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (this.#waiting !== undefined && all.length - at >= ANSWER_HEAD_BYTES) {
      const end = at + ANSWER_HEAD_BYTES + all.readUInt32BE(at + 4);
      if (end > all.length) break;
      const { answers, count, done } = this.#waiting;
      answers.push({ status: all.readUInt32BE(at), bytes: all.subarray(at + ANSWER_HEAD_BYTES, end) });
      at = end;
      if (answers.length < count) continue;
      this.#waiting = undefined;
      done(answers);
    }
    this.#received = all.subarray(at);
  }
}

function framed({ bytes, op }: { readonly op: string; readonly bytes: Uint8Array }): Uint8Array[] {
  const head = Buffer.alloc(5);
  head.write(op, 0, 'latin1');
  head.writeUInt32BE(bytes.length, 1);
  return [head, bytes];
}

const NOTHING = new Uint8Array(0);
