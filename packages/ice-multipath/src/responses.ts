import { AttributeType, ErrorCode, StunClass, type StunReader, TransportAddress } from '@hawser/stun';
import { type FlowId, type Instant, Verdict, type Verdict as VerdictType } from '@hawser/wire';
import type { Check } from './check.ts';
import type { IceContext } from './context.ts';
import type { Liveness } from './liveness/liveness.ts';
import type { Nominator } from './nomination/nominator.ts';
import type { CandidatePair } from './pair.ts';
import { failPair } from './pairing.ts';
import type { Paths } from './paths.ts';
import { Report } from './report.ts';
import type { Restart } from './restart.ts';
import { otherRole } from './role.ts';

/** What came of our checks: answers to them (RFC 8445 7.2.5), authenticated before anything is believed. */
export class Responses {
  readonly #context: IceContext;
  readonly #paths: Paths;
  readonly #liveness: Liveness;
  readonly #nominator: Nominator;
  readonly #restart: Restart;
  readonly #mapped = new TransportAddress();
  readonly #report = new Report();

  constructor(context: IceContext, paths: Paths, liveness: Liveness, nominator: Nominator, restart: Restart) {
    this.#context = context;
    this.#paths = paths;
    this.#liveness = liveness;
    this.#nominator = nominator;
    this.#restart = restart;
  }

  handle(now: Instant, flow: FlowId, message: StunReader): VerdictType {
    const context = this.#context;
    const check = context.checks.match(message);
    const pair = check?.pair;
    const remoteKey = pair?.generation.remoteKey;
    if (check === undefined || pair === undefined || remoteKey === undefined) return Verdict.unexpected;
    // RFC 8489 9.1.4: an answer that is not authentic is as though it had never come.
    if (!message.verifyIntegrity(remoteKey)) {
      if (message.hasIntegrity) {
        context.counters.badIntegrity++;
        context.fault(now, 'bad-integrity', "an answer is not signed with the peer's password");
      }
      return Verdict.unauthenticated;
    }
    if (message.unknownRequiredCount > 0) return Verdict.unsupported;
    if (flow !== pair.flow) {
      // RFC 8445 7.2.5.2.1: the answer must come back the way the check went.
      context.counters.nonSymmetric++;
      context.checks.release(check);
      if (pair.state === 'in-progress') failPair(context, pair);
      return Verdict.unexpected;
    }
    if (message.cls === StunClass.error) return this.#handleError(now, pair, check, message);
    if (!message.find(AttributeType.xorMappedAddress) || !message.xorAddress(this.#mapped)) return Verdict.malformed;
    pair.mapped.length = this.#mapped.length;
    pair.mapped.port = this.#mapped.port;
    pair.mapped.bytes.set(this.#mapped.bytes);
    if (message.find(AttributeType.hawser)) context.becomeHawser(now);
    if (context.isHawser && this.#report.read(message)) {
      if (check.dataSent >= 0) pair.dataLoss.sample(check.dataSent, this.#report.peerReceived);
      this.#paths.handlePeerStatus(now, pair, this.#report.peerStatus);
    }
    this.#handleSuccess(now, pair, check);
    return Verdict.consumed;
  }

  #handleSuccess(now: Instant, pair: CandidatePair, check: Check): void {
    const context = this.#context;
    context.counters.answersReceived++;
    if (pair.state === 'failed') {
      // RFC 7675 5.1: an answer after expiry does not re-establish consent.
      context.checks.release(check);
      return;
    }
    pair.responsesReceived++;
    if (check.transmissions === 1) pair.rtt.sample(Math.max(0, now - check.sentAt));
    if (pair.state === 'succeeded') pair.loss.record(false);
    pair.consentExpiresAt = now + context.config.consent.expiryMs;
    pair.aliveAt = now;
    if (pair.state === 'succeeded') {
      if (this.#paths.isLive(pair)) this.#liveness.handleAnswered(now, pair);
    } else this.#validate(now, pair);
    this.#nominator.handleAnswered(now, pair, check);
    context.checks.release(check);
  }

  /** RFC 8445 7.2.5.3: the pair is valid; from here on it is a path. */
  #validate(now: Instant, pair: CandidatePair): void {
    const context = this.#context;
    if (!context.isOpen) return;
    pair.enter('succeeded');
    context.checklist.unfreeze(pair.foundation);
    if (context.state === 'checking' || context.state === 'disconnected') context.enter(now, 'connected');
    const older = context.checklist.olderThan(pair);
    if (older === undefined || !this.#paths.adopt(now, older, pair)) this.#paths.open(now, pair);
    else this.#liveness.handleAnswered(now, pair);
    this.#nominator.handleValidated(now, pair);
    this.#nominator.schedule(now);
    this.#restart.handleValidated(now);
  }

  #handleError(now: Instant, pair: CandidatePair, check: Check, message: StunReader): VerdictType {
    const context = this.#context;
    if (!message.find(AttributeType.errorCode)) return Verdict.malformed;
    const code = message.errorCode();
    if (code < 0) return Verdict.malformed;
    const role = check.role;
    context.checks.release(check);
    if (code === ErrorCode.roleConflict) {
      context.counters.roleConflicts++;
      // RFC 8445 7.2.5.1: unless another answer has changed the role already.
      if (context.role === role) {
        context.enterRole(now, otherRole(role));
        this.#nominator.handleRole(now);
      }
      if (pair.state === 'succeeded') pair.nextCheckAt = Math.min(pair.nextCheckAt, now);
      else if (context.isOpen && !pair.generation.retired) context.checklist.trigger(pair);
      return Verdict.consumed;
    }
    if (pair.state === 'succeeded') {
      // RFC 7675 5.2: 403 revokes consent. Any other error is no answer: consent runs out if nothing better comes.
      if (code === ErrorCode.forbidden) this.loseConsent(now, pair, 'revoked');
    } else if (pair.state === 'in-progress') failPair(context, pair);
    return Verdict.consumed;
  }

  /** Consent ran out or was revoked: the path fails, for good (RFC 7675 5.1). */
  loseConsent(now: Instant, pair: CandidatePair, why: string): void {
    pair.consentLost = true;
    if (pair.state === 'succeeded') failPair(this.#context, pair);
    this.#paths.fail(now, pair, why);
    const context = this.#context;
    if (this.#paths.liveCount > 0 || !context.isOpen) return;
    if (context.checklist.hasPending) context.enter(now, 'disconnected');
    else {
      // First why, so that whoever hears of the state knows.
      context.fault(now, 'consent-lost', 'the peer answers on no path any longer');
      context.enter(now, 'failed');
    }
  }
}
