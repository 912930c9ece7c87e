import type { Instant, PathId } from '@hawser/wire';
import type { CoupledGroup } from './coupled-group.ts';
import { Cubic } from './cubic.ts';
import type { WindowConfig } from './window-config.ts';

/**
 * The window of a path that may share its bottleneck with others: while two or more paths of its group carry data it grows
 * as the group says and is halved by a loss (RFC 6356 3, RFC 5681); alone, or without a group, it is CUBIC.
 */
export class CoupledController extends Cubic {
  readonly path: PathId;
  /** Largest of: bytes acknowledged since the latest loss, and between the two before. l_r of OLIA. */
  get interLossBytes(): number {
    return Math.max(this.#betweenLosses, this.#sinceLoss);
  }

  #group: CoupledGroup | undefined;
  #coupled = false;
  #betweenLosses = 0;
  #sinceLoss = 0;
  #inFlightBytes = 0;
  #ackedAt: Instant = Number.NEGATIVE_INFINITY;

  /** Errors: `out-of-range`, `bad-config`. */
  constructor(path: PathId, packetBytes: number, config: WindowConfig = {}) {
    super(packetBytes, config);
    this.path = path;
  }

  /** What it belongs to: set by `CoupledGroup.add` and `remove`. */
  get group(): CoupledGroup | undefined {
    return this.#group;
  }

  /** Whether it grows as its group says. */
  get coupled(): boolean {
    return this.#coupled;
  }

  /** The window as far as it is used, bytes (RFC 6356 3: the least of flight size and cwnd). */
  get usedBytes(): number {
    return Math.max(this.packetBytes, Math.min(this.windowBytes, this.#inFlightBytes));
  }

  /** Whether data was acknowledged of late: a silent path takes nothing from the others. */
  carries(now: Instant): boolean {
    return this.srttMs > 0 && now - this.#ackedAt <= Math.max(SILENT_MS, SILENT_ROUNDS * this.srttMs);
  }

  /** Called by the group, and by nobody else. */
  join(group: CoupledGroup | undefined): void {
    this.#group = group;
    if (group === undefined) this.#couple(false);
  }

  override handleAcked(now: Instant, ackedBytes: number, inFlightBytes: number, srttMs: number): void {
    if (ackedBytes > 0 && inFlightBytes > 0) {
      // More than a window is no acknowledgement of one; and squares of these sums stay numbers.
      this.#sinceLoss = Math.min(MOST_BYTES, this.#sinceLoss + Math.min(ackedBytes, inFlightBytes, this.windowBytes));
      this.#inFlightBytes = Math.min(MOST_BYTES, inFlightBytes);
      this.#ackedAt = now;
    }
    super.handleAcked(now, ackedBytes, inFlightBytes, srttMs);
  }

  protected override avoid(now: Instant, ackedBytes: number, inFlightBytes: number, full: boolean): void {
    const group = this.#group;
    this.#couple(group?.isCoupling(this, now) ?? false);
    if (!this.#coupled || group === undefined) super.avoid(now, ackedBytes, inFlightBytes, full);
    else if (full) {
      group.assess(this, now, ackedBytes);
      this.windowBytes = this.windowBytes + group.increaseBytes;
      this.bound();
    }
  }

  protected override decrease(now: Instant, inFlightBytes: number, timeout: boolean): void {
    this.#betweenLosses = this.#sinceLoss;
    this.#sinceLoss = 0;
    super.decrease(now, inFlightBytes, timeout);
  }

  protected override get decreaseFactor(): number {
    return this.#coupled ? 0.5 : super.decreaseFactor;
  }

  protected override get leastThresholdBytes(): number {
    return this.#coupled && this.#group !== undefined
      ? this.#group.leastThresholdPackets * this.packetBytes
      : super.leastThresholdBytes;
  }

  #couple(coupled: boolean): void {
    if (this.#coupled && !coupled) this.restartCurve();
    this.#coupled = coupled;
  }
}

/** No connection carries more between two losses, as far as windows care. */
const MOST_BYTES = 2 ** 50;

/** A path of which nothing was acknowledged for so long, and for so many round trips, carries nothing. */
const SILENT_MS = 1000;
const SILENT_ROUNDS = 10;
