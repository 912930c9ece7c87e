import { CoupledController, OliaGroup, type WindowConfig } from '@hawser/congestion';
import type { PathId } from '@hawser/wire';

/** Pacers spread what a window lets out. */
const PACED: WindowConfig = { paced: true };

/**
 * The windows of SCTP's paths: CUBIC for a path that has its bottleneck to itself; OLIA for those that share one, so that
 * together they take from others no more than one connection would. Paths share a bottleneck that leave by one interface, or
 * whose delays say so.
 */
export class WindowGroups {
  readonly #groupOf: (path: PathId) => string | undefined;
  readonly #windows = new Map<PathId, CoupledController>();
  readonly #groups = new Map<string, OliaGroup>();

  /** @param groupOf names what a path shares with others, or `undefined` for a path alone */
  constructor(groupOf: (path: PathId) => string | undefined) {
    this.#groupOf = groupOf;
  }

  /** A `WindowControllerFactory`: makes the window of a path, anew when the path comes back from a failure. */
  readonly controller = (path: PathId, mtuBytes: number): CoupledController => {
    this.#leave(path);
    const window = new CoupledController(path, mtuBytes, PACED);
    this.#windows.set(path, window);
    this.place(path);
    return window;
  };

  /** The window of `path`, if SCTP uses the path. */
  find(path: PathId): CoupledController | undefined {
    return this.#windows.get(path);
  }

  /** What `path` shares may be another thing now. */
  place(path: PathId): void {
    const window = this.#windows.get(path);
    if (window === undefined) return;
    const name = this.#groupOf(path);
    const group = name === undefined ? undefined : this.#groupNamed(name);
    if (window.group === group) return;
    window.group?.remove(window);
    group?.add(window);
    this.#dropEmpty();
  }

  forget(path: PathId): void {
    this.#leave(path);
    this.#windows.delete(path);
    this.#dropEmpty();
  }

  #leave(path: PathId): void {
    const window = this.#windows.get(path);
    window?.group?.remove(window);
  }

  #groupNamed(name: string): OliaGroup {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new OliaGroup(PACED);
    this.#groups.set(name, group);
    return group;
  }

  #dropEmpty(): void {
    for (const [name, group] of this.#groups) if (group.members.length === 0) this.#groups.delete(name);
  }
}
