import type { Instant, PathId } from '@hawser/wire';
import { CoupledController } from './coupled.ts';
import { type WindowConfig, windowSettings } from './window-config.ts';

/**
 * The paths that are taken to share a bottleneck, whose windows grow together no faster than one TCP would. Paths join and
 * leave at any time; a controller is in one group at most.
 */
export abstract class CoupledGroup {
  readonly #config: WindowConfig;
  readonly #members: CoupledController[] = [];

  /** Errors: `bad-config`. */
  constructor(config: WindowConfig = {}) {
    windowSettings(config);
    this.#config = config;
  }

  get members(): readonly CoupledController[] {
    return this.#members;
  }

  /**
   * Makes the controller of a path, a member from the start: a `WindowControllerFactory` for a connection whose paths are
   * all coupled. Errors: `out-of-range`.
   */
  readonly controller = (path: PathId, mtuBytes: number): CoupledController => {
    const made = new CoupledController(path, mtuBytes, this.#config);
    this.add(made);
    return made;
  };

  /** Takes a controller in. It leaves another group; an earlier controller of the same path leaves this one. */
  add(controller: CoupledController): void {
    if (controller.group === this) return;
    controller.group?.remove(controller);
    const same = this.#members.find((member) => member.path === controller.path);
    if (same !== undefined) this.remove(same);
    this.#members.push(controller);
    controller.join(this);
  }

  /** Lets a controller go: it goes on as CUBIC from its present window. Nothing where it is no member. */
  remove(controller: CoupledController): void {
    const at = this.#members.indexOf(controller);
    if (at < 0) return;
    this.#members.splice(at, 1);
    controller.join(undefined);
  }

  /** Whether a member beside this one carries data. */
  isCoupling(member: CoupledController, now: Instant): boolean {
    for (const other of this.#members) if (other !== member && other.carries(now)) return member.srttMs > 0;
    return false;
  }

  /** Packets below which a loss does not bring a member's threshold. */
  abstract readonly leastThresholdPackets: number;

  /** What `assess` found. A field, for a fraction that is returned may be boxed. */
  increaseBytes = 0;

  /**
   * Finds `increaseBytes`: by how much the window of `member` changes, `ackedBytes` being acknowledged there. Asked in congestion
   * avoidance.
   */
  abstract assess(member: CoupledController, now: Instant, ackedBytes: number): void;
}
