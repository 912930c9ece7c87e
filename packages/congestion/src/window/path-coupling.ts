import type { PathId } from '@hawser/wire';
import { CoupledController } from './coupled.ts';
import type { CoupledGroup } from './coupled-group.ts';
import { OliaGroup } from './olia.ts';
import { type WindowConfig, windowSettings } from './window-config.ts';

/**
 * The windows of a connection's paths, coupled as somebody finds them to share a bottleneck: CUBIC each, until `regroup` or
 * `place` says otherwise; use one of the two. `controller` is the factory to configure `sctp-dc` with.
 */
export class PathCoupling {
  readonly #config: WindowConfig;
  readonly #makeGroup: () => CoupledGroup;
  readonly #controllers = new Map<PathId, CoupledController>();
  readonly #named = new Map<string, CoupledGroup>();

  /** @param makeGroup default: OLIA. Errors: `bad-config` */
  constructor(config: WindowConfig = {}, makeGroup: () => CoupledGroup = () => new OliaGroup()) {
    windowSettings(config);
    this.#config = config;
    this.#makeGroup = makeGroup;
  }

  /** Makes the controller of a path; the one before of the same path is forgotten. Errors: `out-of-range`. */
  readonly controller = (path: PathId, mtuBytes: number): CoupledController => {
    const made = new CoupledController(path, mtuBytes, this.#config);
    const before = this.#controllers.get(path);
    this.#controllers.set(path, made);
    if (before?.group !== undefined) before.group.add(made);
    return made;
  };

  /** The controller of a path. */
  find(path: PathId): CoupledController | undefined {
    return this.#controllers.get(path);
  }

  /** The path is gone. */
  remove(path: PathId): void {
    const one = this.#controllers.get(path);
    this.#controllers.delete(path);
    one?.group?.remove(one);
    this.#dropEmpty();
  }

  /** Couples a path with those of the same `bottleneck`, an interface by name for example; `undefined`: it has its own. */
  place(path: PathId, bottleneck: string | undefined): void {
    const one = this.#controllers.get(path);
    if (one === undefined) return;
    const group = bottleneck === undefined ? undefined : this.#groupNamed(bottleneck);
    if (one.group === group) return;
    one.group?.remove(one);
    group?.add(one);
    this.#dropEmpty();
  }

  /**
   * Couples the paths with equal numbers above 0 and lets the others go: what `BottleneckDetector.groups` wrote. A path that
   * stays with one of its former companions stays in their group.
   */
  regroup(paths: ArrayLike<PathId>, groups: ArrayLike<number>, count: number): void {
    for (let i = 0; i < count; i++) {
      const one = this.#controllers.get(paths[i]);
      if (one === undefined) continue;
      const first = groups[i] > 0 ? this.#firstOf(paths, groups, count, groups[i]) : undefined;
      if (first === undefined) one.group?.remove(one);
      else if (first === one) this.#lead(one, paths, groups, count, groups[i]);
      else first.group?.add(one);
    }
  }

  /** The first path of a group keeps its group, unless that has members which do not belong to it any more and came first. */
  #lead(
    one: CoupledController,
    paths: ArrayLike<PathId>,
    groups: ArrayLike<number>,
    count: number,
    group: number,
  ): void {
    const strangers = one.group?.members.some((member) => {
      for (let i = 0; i < count; i++) if (paths[i] === member.path) return groups[i] !== group;
      return false;
    });
    if (one.group === undefined || strangers) this.#makeGroup().add(one);
  }

  #firstOf(
    paths: ArrayLike<PathId>,
    groups: ArrayLike<number>,
    count: number,
    group: number,
  ): CoupledController | undefined {
    for (let i = 0; i < count; i++) {
      const one = groups[i] === group ? this.#controllers.get(paths[i]) : undefined;
      if (one !== undefined) return one;
    }
    return undefined;
  }

  #groupNamed(name: string): CoupledGroup {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const group = this.#makeGroup();
    this.#named.set(name, group);
    return group;
  }

  #dropEmpty(): void {
    for (const [name, group] of this.#named) if (group.members.length === 0) this.#named.delete(name);
  }
}
