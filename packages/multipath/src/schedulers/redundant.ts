import type { Instant, PacketClass, PathCandidates, PathId } from '@hawser/wire';
import { pickDisjoint } from './disjoint.ts';
import { MinRttChooser } from './min-rtt.ts';
import type { CopyPolicy, Scheduler, SchedulerFactory, SchedulerServices } from './scheduler.ts';

/**
 * The chooser of the redundant mode: the first copy goes by the path with the lowest round-trip time that has credit. The
 * others, of the same ciphertext, go where {@link RedundantCopies} says.
 */
export class RedundantChooser extends MinRttChooser {}

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

/** The scheduler that sends every packet on `total` disjoint paths. */
export function redundant(total = 2): SchedulerFactory {
  return (services): Scheduler => ({
    chooser: new RedundantChooser(),
    copies: new RedundantCopies(services, total),
  });
}
