import { type FlowId, type Instant, NO_PATH } from '@hawser/wire';
import { type IceContext, TIMER } from './context.ts';
import type { CandidatePair } from './pair.ts';
import { dropPair, makePair } from './pairing.ts';
import type { Paths } from './paths.ts';

/**
 * What becomes of a pair when its TCP connection ends, or cannot be made (RFC 6544 7.1, 11.1). A path goes at once: what
 * was on its way is lost, and nothing new could pass. The side that connects makes the pair anew, and its check opens
 * another connection; the side that listens forgets the port that the peer came from, and waits for the next.
 */
export class TcpConnections {
  readonly #context: IceContext;
  readonly #paths: Paths;

  constructor(context: IceContext, paths: Paths) {
    this.#context = context;
    this.#paths = paths;
  }

  /** The connection of a flow is gone. Pairs of older generations may have had it, too. */
  handleClosed(now: Instant, flow: FlowId, code: string): void {
    for (const pair of this.#context.checklist.pairs.filter((one) => one.flow === flow)) {
      if (pair.path !== NO_PATH) this.#losePath(now, pair, code);
      else if (pair.local.tcpType === 'passive') this.#forget(now, pair);
      else if (pair.state === 'in-progress' && pair.inProgress !== undefined) {
        // RFC 6544 7.1: the check has failed. As when nobody answered, the agent may have to.
        pair.inProgress.expiresAt = now;
      }
    }
  }

  #losePath(now: Instant, pair: CandidatePair, code: string): void {
    const context = this.#context;
    const paths = this.#paths;
    paths.abandon(now, pair, `connection-lost ${code}`);
    paths.discard(now, pair);
    dropPair(context, pair);
    const { generation, local, remote } = pair;
    const isCurrent = generation === context.generation && !generation.concluded && context.isOpen;
    if (local.tcpType === 'passive') this.#forgetPort(pair);
    else if (isCurrent && remote.mayReopen(now)) makePair(context, generation, local, remote);
    paths.noteLost(now);
  }

  /** A connection that never became a path: else a peer that often tries in vain would leave no room for others. */
  #forget(now: Instant, pair: CandidatePair): void {
    const { timers } = this.#context;
    dropPair(this.#context, pair);
    this.#forgetPort(pair);
    // It may have been the last that was left to try.
    if (!timers.isArmed(TIMER.patience)) timers.arm(TIMER.patience, now);
  }

  /** The peer's port was that one connection's. */
  #forgetPort({ generation, remote }: CandidatePair): void {
    const at = generation.remotes.indexOf(remote);
    if (at >= 0) generation.remotes.splice(at, 1);
  }
}
