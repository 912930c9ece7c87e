import { PacketClass, type PathId } from '@hawser/wire';

/**
 * How much a path is wanted. `primary` and `normal` paths are used together; a `metered` one carries audio, control and
 * repair beside them, and everything once none of them is sound; a `backup` one carries nothing while another is sound.
 * The `backup` scheduler takes all four as a strict order.
 */
export type PathPriority = 'primary' | 'normal' | 'metered' | 'backup';

/** What the owner of the machine says of a path: by interface, usually. */
export interface PathRule {
  /** Default `normal`. */
  readonly priority?: PathPriority;
  /** Bytes that may leave by the path in all; then only control does. Default: no cap. */
  readonly capBytes?: number;
  /** The classes that may leave by the path. Control always may. Default: all. */
  readonly classes?: readonly PacketClass[];
}

/** The order of priorities: 0 comes first. */
export const PRIORITY_RANK: Readonly<Record<PathPriority, number>> = { primary: 0, normal: 1, metered: 2, backup: 3 };

const OPEN: PathRule = {};

/** The rules of a session's paths, and the bytes that left by each. */
export class PathRules {
  readonly #rules: (PathRule | undefined)[] = [];
  #sentBytes = new Float64Array(16);

  /** Takes the rule of `path`; `undefined` = none. Bytes sent before count. */
  set(path: PathId, rule: PathRule | undefined): void {
    this.#rules[path] = rule;
  }

  priorityOf(path: PathId): PathPriority {
    return (this.#rules[path] ?? OPEN).priority ?? 'normal';
  }

  /** Whether the owner lets a packet of `cls` leave by `path`. */
  allows(path: PathId, cls: PacketClass): boolean {
    const rule = this.#rules[path];
    if (rule === undefined || cls === PacketClass.control) return true;
    if (rule.classes !== undefined && !rule.classes.includes(cls)) return false;
    return rule.capBytes === undefined || this.sentBytes(path) < rule.capBytes;
  }

  /** Bytes that left by `path`, copies included. */
  sentBytes(path: PathId): number {
    return path < this.#sentBytes.length ? this.#sentBytes[path] : 0;
  }

  /** A packet or a copy left by `path`. */
  handleSent(path: PathId, bytes: number): void {
    if (path >= this.#sentBytes.length) {
      const larger = new Float64Array(Math.max(path + 1, this.#sentBytes.length * 2));
      larger.set(this.#sentBytes);
      this.#sentBytes = larger;
    }
    this.#sentBytes[path] += bytes;
  }

  /** The path is gone; its number will name another. */
  forget(path: PathId): void {
    this.#rules[path] = undefined;
    if (path < this.#sentBytes.length) this.#sentBytes[path] = 0;
  }
}
