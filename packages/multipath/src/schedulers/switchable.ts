import type { Instant, PacketClass, PathCandidates, PathChooser, PathId } from '@hawser/wire';
import type { StreamCredit } from '../stream-credit.ts';

/** A chooser that can be exchanged while SCTP holds on to it. */
export class SwitchableChooser implements PathChooser {
  /** The chooser in force. */
  current: PathChooser;
  /** Keeps what is chosen off streams that are full. */
  credit: StreamCredit | undefined;

  constructor(current: PathChooser) {
    this.current = current;
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    return this.current.choose(now, cls, bytes, this.credit?.limit(candidates) ?? candidates);
  }

  sent(now: Instant, path: PathId, bytes: number): void {
    this.current.sent(now, path, bytes);
  }
}
