import type { PathSnapshot } from '@hawser/ice-multipath';
import type { PathId } from '@hawser/wire';

/**
 * Where paths begin and end. Two that leave by one interface, or go to one address, are likely to fail together: the
 * second copy of a packet, and a browser that has to be moved, belong on a path that shares as little as possible.
 */
export class PathEnds {
  readonly #local: (string | undefined)[] = [];
  readonly #remote: (string | undefined)[] = [];

  /** True when it is another local end than before. */
  note(path: PathId, { egress, localAddress, remoteAddress }: PathSnapshot): boolean {
    const local = egress ?? localAddress;
    const changed = this.#local[path] !== local;
    this.#local[path] = local;
    this.#remote[path] = remoteAddress;
    return changed;
  }

  /** The interface by which `path` leaves, or its address where that is unknown. */
  local(path: PathId): string | undefined {
    return this.#local[path];
  }

  /** How many of its two ends `path` shares with `other`. */
  shared(path: PathId, other: PathId): number {
    const local = this.#local[path] === this.#local[other] ? 1 : 0;
    return local + (this.#remote[path] === this.#remote[other] ? 1 : 0);
  }

  forget(path: PathId): void {
    this.#local[path] = undefined;
    this.#remote[path] = undefined;
  }
}
