import { shortTermKey } from '@hawser/stun';
import type { Instant } from '@hawser/wire';
import type { Answers } from './answers.ts';
import { type IceCandidate, type RemoteCandidateStatus, usableAddress } from './candidate.ts';
import type { RemoteParameters } from './config.ts';
import { type IceContext, TIMER } from './context.ts';
import { isIceChars } from './credentials.ts';
import { IceError } from './errors.ts';
import { addRemote, findRemote, makePair } from './pairing.ts';

/** What signalling tells of the peer: its credentials and its candidates. */
export class RemoteSide {
  readonly #context: IceContext;
  readonly #answers: Answers;

  constructor(context: IceContext, answers: Answers) {
    this.#context = context;
    this.#answers = answers;
  }

  set(now: Instant, remote: RemoteParameters): void {
    const context = this.#context;
    if (!isIceChars(remote.ufrag, 4) || !isIceChars(remote.pwd, 22)) {
      throw new IceError('bad-remote', 'a user name fragment has 4 to 256 ice-chars, a password 22 to 256');
    }
    const known = context.remote;
    if (known !== undefined && (known.ufrag !== remote.ufrag || known.pwd !== remote.pwd)) {
      throw new IceError('remote-already-set', "the peer's credentials are known and others");
    }
    if (!context.isOpen) return;
    context.remote = { ...remote };
    context.browser = remote.browser ?? context.browser;
    context.remoteKey ??= shortTermKey(remote.pwd);
    context.username = `${remote.ufrag}:${context.localUfrag}`;
    if (remote.hawser === true) context.becomeHawser(now);
    if (remote.lite === true) context.enterRole(now, 'controlling');
    if (known === undefined) {
      context.enter(now, 'checking');
      context.timers.arm(TIMER.patience, now + context.config.patienceMs);
    }
    this.releaseAnswers();
  }

  addCandidate(candidate: IceCandidate): RemoteCandidateStatus {
    const context = this.#context;
    const address = usableAddress(candidate, context.remote?.ufrag);
    if (address === undefined || !context.isOpen) {
      context.counters.candidatesIgnored++;
      return 'ignored';
    }
    const known = findRemote(context, address, candidate.port);
    if (known !== undefined) {
      if (known.type !== 'prflx') return 'known';
      // A check came first (RFC 8445 7.3.1.3); now it can be paired with the other bases too.
      known.describe(candidate);
      context.checklist.rank(context.role);
    }
    const remote = known ?? addRemote(context, { ...candidate, address });
    if (remote === undefined) return 'full';
    if (!context.concluded) {
      for (const base of context.bases.values()) if (!base.steers) makePair(context, base, remote);
    }
    return known === undefined ? 'added' : 'known';
  }

  end(): void {
    this.#context.remoteEnded = true;
    this.releaseAnswers();
  }

  /** Rule R4 holds no answer longer than it must. */
  releaseAnswers(): void {
    const { isHawser, remoteEnded } = this.#context;
    if (isHawser || remoteEnded) this.#answers.release();
  }
}
