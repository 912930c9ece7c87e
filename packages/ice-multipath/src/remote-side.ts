import type { Instant } from '@hawser/wire';
import type { Answers } from './answers.ts';
import { type IceCandidate, type RemoteCandidateStatus, usableAddress } from './candidate.ts';
import type { RemoteParameters } from './config.ts';
import { type IceContext, TIMER } from './context.ts';
import { isIceChars } from './credentials.ts';
import { IceError } from './errors.ts';
import { addRemote, findRemote, makeToldPair } from './pairing.ts';
import type { Restart } from './restart.ts';

/** What signalling tells of the peer: its credentials and its candidates. */
export class RemoteSide {
  readonly #context: IceContext;
  readonly #answers: Answers;
  readonly #restart: Restart;

  constructor(context: IceContext, answers: Answers, restart: Restart) {
    this.#context = context;
    this.#answers = answers;
    this.#restart = restart;
  }

  set(now: Instant, remote: RemoteParameters): void {
    const context = this.#context;
    if (!isIceChars(remote.ufrag, 4) || !isIceChars(remote.pwd, 22)) {
      throw new IceError('bad-remote', 'a user name fragment has 4 to 256 ice-chars, a password 22 to 256');
    }
    const known = context.remote;
    const isNew = known === undefined || known.ufrag !== remote.ufrag || known.pwd !== remote.pwd;
    if (known !== undefined && isNew) {
      // A late description of what a restart left behind changes nothing.
      if (context.generations.some((old) => old.remote?.ufrag === remote.ufrag && old.remote.pwd === remote.pwd))
        return;
      this.#restart.advance(now);
    } else if (!context.isOpen) return;
    context.generation.describe(remote);
    context.browser = remote.browser ?? context.browser;
    if (remote.hawser === true) context.becomeHawser(now);
    if (remote.lite === true) context.enterRole(now, 'controlling');
    if (isNew) {
      if (this.#restart.hasNoPath || context.state === 'failed') context.enter(now, 'checking');
      context.timers.arm(TIMER.patience, now + context.config.patienceMs);
    }
    this.releaseAnswers();
  }

  addCandidate(candidate: IceCandidate): RemoteCandidateStatus {
    const context = this.#context;
    const { generation } = context;
    const address = usableAddress(candidate, context.remote?.ufrag);
    if (address === undefined || !context.isOpen) {
      context.counters.candidatesIgnored++;
      return 'ignored';
    }
    if (candidate.tcpType === 'active') return 'awaited';
    const known = findRemote(generation, address, candidate.port, candidate.transport);
    if (known !== undefined) {
      if (known.type !== 'prflx') return 'known';
      // A check came first (RFC 8445 7.3.1.3); now it can be paired with the other bases too.
      known.describe(candidate);
      context.checklist.rank(context.role);
    }
    const remote = known ?? addRemote(context, generation, { ...candidate, address });
    if (remote === undefined) return 'full';
    if (!generation.concluded) {
      for (const base of context.bases.values()) if (!base.steers) makeToldPair(context, generation, base, remote);
    }
    return known === undefined ? 'added' : 'known';
  }

  end(): void {
    this.#context.generation.remoteEnded = true;
    this.releaseAnswers();
  }

  /** Rule R4 holds no answer longer than it must. */
  releaseAnswers(): void {
    const { isHawser, generation } = this.#context;
    if (isHawser || generation.remoteEnded) this.#answers.release();
  }
}
