import { ConnectionError } from './errors.ts';

/** Opens a socket on a port. Rejects with the system's error. */
type OpenPort<T> = (port: number) => Promise<T>;

/** Which local ports may be used. */
export class Ports {
  readonly #min: number;
  readonly #count: number;
  #next = 0;

  /**
   * @param range lowest and highest, both included; undefined: the system chooses
   * @param start 0 to 1: where in the range to begin, so that connections do not all try the same ports first
   *
   * Errors: `invalid-config` for a range that is none.
   */
  constructor(range: readonly [min: number, max: number] | undefined, start: number) {
    const [min, max] = range ?? [0, 0];
    const isRange = Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max <= 65_535 && min <= max;
    if (range !== undefined && !isRange)
      throw new ConnectionError('invalid-config', `not a port range: ${min} to ${max}`);
    this.#min = min;
    this.#count = max - min + 1;
    this.#next = Math.floor(start * this.#count) % this.#count;
  }

  /** Opens a socket on the next port of the range that is free. Rejects with the error of the last one when none is. */
  async open<T>(openPort: OpenPort<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      const port = this.#min + this.#next;
      this.#next = (this.#next + 1) % this.#count;
      try {
        return await openPort(port);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (tried >= this.#count || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw error;
      }
    }
  }
}
