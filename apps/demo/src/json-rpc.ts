import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Handler = (params: unknown) => unknown;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** JSON-RPC 2.0, one message a line, over a pair of streams: the demo's signalling channel. */
export class JsonRpcPeer {
  readonly #output: Writable;
  readonly #handlers = new Map<string, Handler>();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed = false;

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    const lines = createInterface({ input });
    lines.on('line', (line) => void this.#handleLine(line));
    lines.on('close', () => this.#handleClosed());
    output.on('error', () => this.#handleClosed());
  }

  /** The other end is gone: nothing can be said or heard any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Answers calls and takes notifications of `method`. */
  on(method: string, handler: Handler): void {
    this.#handlers.set(method, handler);
  }

  /** Calls `method` and resolves with its result; rejects with the peer's error, or when the channel closes first. */
  call(method: string, params: unknown = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the signalling channel is closed'));
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#write({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method: string, params: unknown): void {
    if (!this.#closed) this.#write({ jsonrpc: '2.0', method, params });
  }

  #write(message: object): void {
    this.#output.write(`${JSON.stringify(message)}\n`);
  }

  async #handleLine(line: string): Promise<void> {
    let message: { id?: number; method?: string; params?: unknown; result?: unknown; error?: { message: string } };
    try {
      message = JSON.parse(line);
    } catch {
      this.#write({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } });
      return;
    }
    if (message.method !== undefined) await this.#handleCall(message.id, message.method, message.params);
    else if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error !== undefined) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result);
    }
  }

  async #handleCall(id: number | undefined, method: string, params: unknown): Promise<void> {
    const handler = this.#handlers.get(method);
    try {
      if (handler === undefined) throw new Error(`no such method: ${method}`);
      const result = await handler(params);
      if (id !== undefined) this.#write({ jsonrpc: '2.0', id, result: result ?? null });
    } catch (error) {
      if (id !== undefined) {
        this.#write({ jsonrpc: '2.0', id, error: { code: -32000, message: (error as Error).message } });
      }
    }
  }

  #handleClosed(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the signalling channel is closed'));
    this.#waiting.clear();
  }
}
