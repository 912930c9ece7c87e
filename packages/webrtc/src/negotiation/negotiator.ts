import { bundleTransport, type Description, parseDescription, verifyAnswer, verifyOffer } from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import type { Applied, Context, Created } from '../context.ts';
import { WebrtcError } from '../errors.ts';
import { beginIceRestart, cancelIceRestart, followIceRestart } from '../ice-restart.ts';
import { tellCandidates } from '../session-events.ts';
import {
  type DescriptionSide,
  type DescriptionType,
  nextSignalingState,
  type SignalingState,
} from '../signaling-state.ts';
import { checkFingerprints, planTransport } from '../transport.ts';
import { applyAnswer } from './apply-answer.ts';
import { applyLocalOffer, applyRemoteOffer } from './apply-offer.ts';
import { createAnswer } from './create-answer.ts';
import { createOffer } from './create-offer.ts';
import { updateNegotiationNeeded } from './needed.ts';
import { rememberStable, rollback } from './rollback.ts';

/** RTCSessionDescriptionInit. */
export interface SessionDescription {
  type: DescriptionType;
  sdp: string;
}

/** Offers and answers of one connection: the JSEP state machine (RFC 8829 3.2, 4.1, 5). */
export class Negotiator {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Something changed that the peer must be told of. */
  readonly update = (): void => updateNegotiationNeeded(this.#context);

  createOffer(now: Instant, iceRestart = false): SessionDescription {
    const context = this.#context;
    context.assertOpen();
    const { signalingState } = context;
    if (signalingState !== 'stable' && signalingState !== 'have-local-offer')
      throw illegal('createOffer', signalingState);
    if (iceRestart) context.isRestartWanted = context.remote !== undefined;
    context.lastOffer = this.#makeOffer(now);
    return { type: 'offer', sdp: context.lastOffer.text };
  }

  createAnswer(): SessionDescription {
    const context = this.#context;
    context.assertOpen();
    const { signalingState, pendingRemote } = context;
    const isLegal = signalingState === 'have-remote-offer' || signalingState === 'have-local-pranswer';
    if (!isLegal || pendingRemote === undefined) throw illegal('createAnswer', signalingState);
    context.lastAnswer = createAnswer(context, pendingRemote);
    return { type: 'answer', sdp: context.lastAnswer.text };
  }

  setLocalDescription(now: Instant, description: Partial<SessionDescription>): void {
    const context = this.#context;
    context.assertOpen();
    const type = description.type ?? implicitType(context.signalingState);
    const next = nextSignalingState(context.signalingState, 'local', type);
    if (next === undefined) throw illegal(`setLocalDescription(${type})`, context.signalingState);
    if (type === 'rollback') {
      this.#rollBack(now, 'local');
      return;
    }
    if (type === 'offer') {
      const created = this.#created(now, context.lastOffer, 'offer', description.sdp);
      this.#replaceOffer(now, 'local');
      rememberStable(context);
      applyLocalOffer(context, created);
    } else {
      const created = this.#created(now, context.lastAnswer, 'answer', description.sdp);
      const applied = { type, model: created.model, text: created.text };
      const error = this.#applyAnswer(now, type, applied, context.pendingRemote as Applied, false);
      if (error !== undefined) throw error;
    }
    this.#enter(now, next, `local ${type}`);
  }

  /** @returns why the peer's description cannot be applied; nothing has changed then */
  setRemoteDescription(now: Instant, description: SessionDescription): WebrtcError | undefined {
    const error = this.#setRemote(now, description);
    if (error !== undefined) this.#context.counters.descriptionsRefused++;
    return error;
  }

  #setRemote(now: Instant, { type, sdp }: SessionDescription): WebrtcError | undefined {
    const context = this.#context;
    const next = nextSignalingState(context.signalingState, 'remote', type);
    if (next === undefined) return illegal(`setRemoteDescription(${type})`, context.signalingState);
    if (type === 'rollback') {
      this.#rollBack(now, 'remote');
      return undefined;
    }
    // Sections that stand already, ours among them, come again in every description that follows.
    const maxMediaSections = Math.max(context.config.maxTransceivers, context.sections.length);
    const result = parseDescription(sdp, { maxMediaSections });
    if (!result.ok) {
      return new WebrtcError('operation-error', `line ${result.line}: ${result.message}`, {
        sdpLineNumber: result.line,
        reason: result.reason,
      });
    }
    const applied = { type, model: result.description, text: sdp };
    if (type === 'offer') {
      const problem = this.#checkOffer(result.description);
      if (problem !== undefined) return problem;
      this.#replaceOffer(now, 'remote');
      rememberStable(context);
      applyRemoteOffer(context, applied, this.update);
      followIceRestart(context, now, applied.model);
    } else {
      const error = this.#applyAnswer(now, type, context.pendingLocal as Applied, applied, true);
      if (error !== undefined) return error;
    }
    this.#enter(now, next, `remote ${type}`);
    return undefined;
  }

  #checkOffer(offer: Description): WebrtcError | undefined {
    const { currentLocal } = this.#context;
    const problem = verifyOffer(offer, currentLocal?.model);
    if (problem !== undefined) return misfit('the offer', problem);
    const transport = bundleTransport(offer);
    if (transport === undefined || transport.fingerprints.length === 0) return undefined;
    return checkFingerprints(transport);
  }

  /** `isOfferer`: the local description is the offer. */
  #applyAnswer(
    now: Instant,
    type: 'pranswer' | 'answer',
    local: Applied,
    remote: Applied,
    isOfferer: boolean,
  ): WebrtcError | undefined {
    const context = this.#context;
    const offer = (isOfferer ? local : remote).model;
    const answer = (isOfferer ? remote : local).model;
    const problem = verifyAnswer(offer, answer);
    if (problem !== undefined) return misfit('the answer', problem);
    const transport = planTransport(context, local.model, remote.model, answer, isOfferer);
    if (transport instanceof WebrtcError) return transport;
    if (isOfferer) context.pendingRemote = remote;
    else context.pendingLocal = local;
    applyAnswer(context, now, { type, local, remote, answer, transport });
    return undefined;
  }

  #makeOffer(now: Instant): Created {
    if (this.#context.isRestartWanted) beginIceRestart(this.#context, now);
    return createOffer(this.#context);
  }

  /** The description made last; W3C 4.4.1.5 allows no other text. Without a text it is made now. */
  #created(now: Instant, last: Created | undefined, type: 'offer' | 'answer', sdp: string | undefined): Created {
    if (sdp === undefined || sdp === '') {
      const context = this.#context;
      return (
        last ?? (type === 'offer' ? this.#makeOffer(now) : createAnswer(context, context.pendingRemote as Applied))
      );
    }
    if (last === undefined || last.text !== sdp) {
      throw new WebrtcError(
        'invalid-modification',
        `the text is not what create${type === 'offer' ? 'Offer' : 'Answer'} made`,
      );
    }
    return last;
  }

  /**
   * Takes an earlier pending offer back before another is applied. When it was ours and the peer's comes instead (glare),
   * the state passes through `stable` (W3C 4.4.1.5).
   */
  #replaceOffer(now: Instant, side: DescriptionSide): void {
    const context = this.#context;
    const isGlare = side === 'remote' && context.signalingState === 'have-local-offer';
    rollback(context);
    if (side === 'remote') cancelIceRestart(context, now);
    if (!isGlare) return;
    context.isNegotiationNeeded = false;
    context.enter(now, 'stable', 'implicit rollback');
  }

  #rollBack(now: Instant, side: DescriptionSide): void {
    rollback(this.#context);
    cancelIceRestart(this.#context, now);
    this.#context.isNegotiationNeeded = false;
    this.#enter(now, 'stable', `${side} rollback`);
  }

  #enter(now: Instant, next: SignalingState, why: string): void {
    const context = this.#context;
    context.enter(now, next, why);
    tellCandidates(context);
    updateNegotiationNeeded(context);
  }
}

/** W3C 4.4.1.5: what `setLocalDescription()` without a type means. */
function implicitType(state: SignalingState): DescriptionType {
  return state === 'stable' || state === 'have-local-offer' || state === 'have-remote-pranswer' ? 'offer' : 'answer';
}

function illegal(what: string, state: SignalingState): WebrtcError {
  return new WebrtcError('invalid-state', `${what} in signalling state ${state}`);
}

function misfit(what: string, problem: { section: number; reason: string }): WebrtcError {
  const where = problem.section < 0 ? '' : ` in section ${problem.section}`;
  return new WebrtcError('invalid-access', `${what} cannot be used: ${problem.reason}${where}`, {
    reason: problem.reason,
  });
}
