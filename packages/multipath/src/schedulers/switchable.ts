import type { Instant, PacketClass, PathCandidates, PathChooser, PathId } from '@hawser/wire';

/** A chooser that can be exchanged while SCTP holds on to it. */
export class SwitchableChooser implements PathChooser {
  /** The chooser in force. */
  current: PathChooser;

  constructor(current: PathChooser) {
    this.current = current;
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    return this.current.choose(now, cls, bytes, candidates);
  }

  sent(now: Instant, path: PathId, bytes: number): void {
    this.current.sent(now, path, bytes);
  }
}
