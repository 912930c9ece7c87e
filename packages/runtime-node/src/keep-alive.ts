/** Longest interval that Node's timers take without wrapping. */
const FOREVER_MS = 0x7fffffff;

/**
 * Keeps the process alive while somebody waits. Sockets and timers of a connection are never referenced: an idle
 * connection does not hold the process; a pending wait (connecting, `opened`, `ready`, a read, `close`) takes a hold here
 * until it settles.
 */
export class KeepAlive {
  #holds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Waits pending now. */
  get holds(): number {
    return this.#holds;
  }

  /** Takes a hold; call the answer, once or more, to let go. */
  hold(): () => void {
    this.#holds++;
    this.#timer ??= setInterval(() => undefined, FOREVER_MS);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      if (this.#holds === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  /** Holds until `promise` settles, and answers it. */
  during<T>(promise: Promise<T>): Promise<T> {
    const release = this.hold();
    promise.then(release, release);
    return promise;
  }
}
