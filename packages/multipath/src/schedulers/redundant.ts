import type { Instant, PacketClass, PathCandidates, PathId } from '@hawser/wire';
import { pickDisjoint } from './disjoint.ts';
import { MinRttChooser } from './min-rtt.ts';
import type { CopyPolicy, Scheduler, SchedulerFactory, SchedulerServices } from './scheduler.ts';

/** Every packet on `total` paths that share as little as possible. */
export class RedundantCopies implements CopyPolicy {
  readonly #services: SchedulerServices;
  readonly #most: number;

  /** @param total how many paths a packet takes, the first among them; at least 1 */
  constructor(services: SchedulerServices, total: number) {
    this.#services = services;
    this.#most = total - 1;
  }

  copies(
    _now: Instant,
    _cls: PacketClass,
    bytes: number,
    first: PathId,
    candidates: PathCandidates,
    into: Int32Array,
  ): number {
    return pickDisjoint(first, this.#most, bytes, candidates, this.#services, into);
  }
}

/** The scheduler that sends every packet on `total` disjoint paths, the first copy by the one with the lowest round trip. */
export function redundant(total = 2): SchedulerFactory {
  return (services): Scheduler => ({
    chooser: new MinRttChooser(),
    copies: new RedundantCopies(services, total),
  });
}
