import type { KeepAlive } from './keep-alive.ts';

/** Options of everything that waits. */
export interface WaitOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

interface Waiter {
  isSettled(): boolean;
  settle(): void;
  reject(error: unknown): void;
}

/**
 * Promises that wait for a condition. Each holds the process until it settles: by the condition, by its AbortSignal, or
 * because what it waits for can never come.
 */
export class Waiters {
  readonly #keepAlive: KeepAlive;
  readonly #waiting = new Set<Waiter>();

  constructor(keepAlive: KeepAlive) {
    this.#keepAlive = keepAlive;
  }

  /** Resolves once `condition` holds; it is looked at now and at every `check`. */
  until(condition: () => boolean, { signal }: WaitOptions = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (condition()) return Promise.resolve();
    const settled = new Promise<void>((resolve, reject) => {
      const abort = () => waiter.reject(signal?.reason);
      const waiter: Waiter = {
        isSettled: condition,
        settle: () => {
          this.#waiting.delete(waiter);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        reject: (error) => {
          this.#waiting.delete(waiter);
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
    return this.#keepAlive.during(settled);
  }

  /** Something changed: settles those whose condition holds. */
  check(): void {
    if (this.#waiting.size === 0) return;
    for (const waiter of [...this.#waiting]) if (waiter.isSettled()) waiter.settle();
  }

  /** Nothing will come any more. */
  fail(error: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error);
  }
}
