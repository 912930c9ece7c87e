import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { JsonRpcPeer } from '@hawser/demo/json-rpc';
import type { NetnsHost } from '../src/netns.ts';

const CALL_MS = 60_000;
const EXIT_MS = 5_000;

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Node, running TypeScript from source. */
export function nodeCommand(script: URL): Command {
  return [process.execPath, '--conditions=@hawser/source', '--import', 'tsx', fileURLToPath(script)];
}

/** One of the two processes of a run. Both have the same functions: those of the page, and those of `HawserPeer`. */
export class Side {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #rpc: JsonRpcPeer;
  readonly #ended: Promise<void>;
  #stderr = '';

  /** @param host the namespace to start it in; undefined: this one */
  constructor(name: string, [program, ...args]: Command, host: NetnsHost | undefined) {
    this.name = name;
    const options: SpawnOptions = {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    };
    this.#child = host === undefined ? spawn(program, args, options) : host.spawn(program, args, options);
    this.#rpc = new JsonRpcPeer(this.#child.stdout as Readable, this.#child.stdin as Writable);
    this.#child.stderr?.on('data', (chunk) => {
      this.#stderr = (this.#stderr + chunk).slice(-4_000);
      if (process.env.INTEROP_VERBOSE !== undefined) process.stderr.write(chunk);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
  }

  /** Takes notifications of the process. */
  on(event: string, handler: (params: unknown) => void): void {
    this.#rpc.on(event, handler);
  }

  /** Calls a method of the process itself. Rejects when it takes too long, or the process ends. */
  async call<T>(method: string, params: unknown = {}, limitMs = CALL_MS): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${limitMs / 1000} s`)), limitMs);
    });
    try {
      return (await Promise.race([this.#rpc.call(method, params), late])) as T;
    } catch (error) {
      const what = method === 'peer' ? (params as { name: string }).name : method;
      const detail = this.#stderr === '' ? '' : `\n${this.#stderr}`;
      throw new Error(`${this.name}, ${what}: ${(error as Error).message}${detail}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls a function of the peer: `offer`, `echo`, `stats` … */
  peer<T = void>(name: string, args: unknown = {}, limitMs?: number): Promise<T> {
    return this.call('peer', { name, args }, limitMs);
  }

  /** Asks the process to end, and ends it when it does not. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.call('exit', {}, EXIT_MS).catch(() => undefined);
    // Its standard input ends: whatever it still waits for, that ends it.
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}
