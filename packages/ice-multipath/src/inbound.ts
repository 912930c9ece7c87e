import { ICE_ATTRIBUTES, StunClass, StunMethod, StunReader } from '@hawser/stun';
import { type FlowId, type Instant, Verdict } from '@hawser/wire';
import type { NominationMode } from './config.ts';
import type { IceContext } from './context.ts';
import type { Gatherer } from './gathering.ts';
import { RENOMINATION } from './nomination/renominate.ts';
import type { RemoteSide } from './remote-side.ts';
import type { Requests } from './requests.ts';
import type { Responses } from './responses.ts';

/** Datagrams in: what is no STUN is somebody else's, and what is goes to those who answer or who asked. */
export class Inbound {
  readonly #context: IceContext;
  readonly #requests: Requests;
  readonly #responses: Responses;
  readonly #remote: RemoteSide;
  readonly #gatherer: Gatherer;
  readonly #reader: StunReader;

  constructor(context: IceContext, requests: Requests, responses: Responses, remote: RemoteSide, gatherer: Gatherer) {
    this.#context = context;
    this.#reader = new StunReader(understoodBy(context.config.nomination));
    this.#requests = requests;
    this.#responses = responses;
    this.#remote = remote;
    this.#gatherer = gatherer;
  }

  handle(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const message = this.#reader;
    const parsed = message.parse(bytes, offset, length);
    if (parsed !== Verdict.consumed) return parsed;
    if (this.#context.state === 'closed' || message.method !== StunMethod.binding) return Verdict.unexpected;
    if (!this.#context.config.flows.isKnown(flow)) return Verdict.unexpected;
    if (message.cls === StunClass.success || message.cls === StunClass.error) {
      const verdict = this.#gatherer.handleResponse(now, flow, message);
      if (verdict !== Verdict.notMine) return verdict;
    }
    // RFC 8445 7.3: an agent MUST use FINGERPRINT.
    if (!message.verifyFingerprint()) return Verdict.malformed;
    if (message.cls === StunClass.indication) return Verdict.consumed;
    const wasHawser = this.#context.isHawser;
    const verdict =
      message.cls === StunClass.request
        ? this.#requests.handle(now, flow, message)
        : this.#responses.handle(now, flow, message);
    if (this.#context.isHawser && !wasHawser) this.#remote.releaseAnswers();
    return verdict;
  }
}

/** Whoever does not offer renomination does not understand its attribute, and says so (RFC 8489 6.3.1). */
function understoodBy(mode: NominationMode): readonly number[] {
  return mode === 'renominate' ? [...ICE_ATTRIBUTES, RENOMINATION] : ICE_ATTRIBUTES;
}
