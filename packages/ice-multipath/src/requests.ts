import { AttributeType, ErrorCode, type StunReader } from '@hawser/stun';
import { type FlowId, type Instant, Verdict, type Verdict as VerdictType } from '@hawser/wire';
import type { Answers } from './answers.ts';
import type { RemoteCandidate } from './candidate.ts';
import type { IceContext } from './context.ts';
import type { IceRole } from './events.ts';
import type { Generation } from './generation.ts';
import type { Nominator } from './nomination/nominator.ts';
import { RENOMINATION, renominates } from './nomination/renominate.ts';
import type { CandidatePair } from './pair.ts';
import { addRemote, findRemote, makePair } from './pairing.ts';
import type { Paths } from './paths.ts';
import { clampPriority } from './priority.ts';
import { Report } from './report.ts';
import { resolveRoleConflict } from './role.ts';

/**
 * The peer's checks (RFC 8445 7.3). Nothing is made or changed before a check is authenticated: until then all it costs
 * is a hash and, at a bounded rate, a refusal.
 */
export class Requests {
  readonly #context: IceContext;
  readonly #answers: Answers;
  readonly #paths: Paths;
  readonly #nominator: Nominator;
  readonly #report = new Report();
  #learned = 0;

  constructor(context: IceContext, answers: Answers, paths: Paths, nominator: Nominator) {
    this.#context = context;
    this.#answers = answers;
    this.#paths = paths;
    this.#nominator = nominator;
  }

  handle(now: Instant, flow: FlowId, message: StunReader): VerdictType {
    const generation = this.#authenticate(now, flow, message);
    if (generation === undefined) return Verdict.unauthenticated;
    const context = this.#context;
    if (message.unknownRequiredCount > 0) {
      this.#answers.reject(flow, message, ErrorCode.unknownAttribute, generation);
      return Verdict.unsupported;
    }
    // RFC 8445 7.1.1: PRIORITY MUST be in a check.
    const priority = message.find(AttributeType.priority) ? message.u32() : -1;
    if (priority < 0) {
      this.#answers.reject(flow, message, ErrorCode.badRequest, generation);
      return Verdict.malformed;
    }
    const local = context.bases.get(context.config.flows.base(flow));
    // Nobody was told of a spare port or a hidden one; whoever finds it learns nothing.
    if (local === undefined || local.spare || local.isHidden) return Verdict.unexpected;
    if (message.find(AttributeType.hawser)) context.becomeHawser(now);
    // Chromium, and all that is built on libwebrtc, has it in every check; nobody else does.
    if (message.find(AttributeType.googNetworkInfo)) context.browser ??= 'chromium';
    context.counters.checksReceived++;
    if (!this.#settleRole(now, message)) {
      this.#answers.reject(flow, message, ErrorCode.roleConflict, generation);
      return Verdict.consumed;
    }
    const ours = isOurPeer(message, generation);
    const pair = ours ? this.#pairFor(flow, priority, generation) : undefined;
    // Of an older generation nothing is nominated any more.
    const isOld = generation.number < context.generation.number;
    const nominates = !isOld && context.role === 'controlled' && message.find(AttributeType.useCandidate);
    if (nominates && context.config.rejectCode > 0) {
      this.#answers.reject(flow, message, context.config.rejectCode, generation);
    } else this.#answers.accept(now, flow, message, generation);
    if (pair === undefined) return ours && !isOld && !generation.concluded ? Verdict.overLimit : Verdict.consumed;
    pair.checksReceived++;
    pair.checkReceivedAt = now;
    if (context.isHawser && this.#report.read(message)) {
      this.#paths.handlePeerStatus(now, pair, this.#report.peerStatus);
    }
    this.#trigger(pair);
    if (nominates) this.#nominate(now, pair, message);
    return Verdict.consumed;
  }

  #nominate(now: Instant, pair: CandidatePair, message: StunReader): void {
    const isNew = message.find(RENOMINATION);
    // Renomination draft, "Nomination" attribute: without it there is no nomination, unless the answer has not come yet and
    // the peer may be one of those that do not renominate.
    if (!isNew && renominates(this.#context, pair.generation)) return;
    const hasValue = isNew || message.find(AttributeType.nomination);
    this.#nominator.handleReceived(now, pair, hasValue ? message.u32() : -1);
  }

  /**
   * RFC 8489 9.1.3, with the user name rule of RFC 8445 7.3.
   *
   * @returns the generation whose credentials they are, or undefined
   */
  #authenticate(now: Instant, flow: FlowId, message: StunReader): Generation | undefined {
    const context = this.#context;
    if (!message.hasIntegrity || !message.find(AttributeType.username)) {
      this.#answers.refuse(now, flow, message, ErrorCode.badRequest);
      return undefined;
    }
    const generation = this.#generationOf(message);
    if (generation === undefined) {
      context.counters.wrongUfrag++;
      context.fault(now, 'wrong-ufrag', 'a check is for a user name that is not ours');
      this.#answers.refuse(now, flow, message, ErrorCode.unauthenticated);
      return undefined;
    }
    if (!message.verifyIntegrity(generation.localKey)) {
      context.counters.badIntegrity++;
      context.fault(now, 'bad-integrity', 'a check is not signed with our password');
      this.#answers.refuse(now, flow, message, ErrorCode.unauthenticated);
      return undefined;
    }
    return generation;
  }

  /** Whose user name the message, whose USERNAME was found, begins with. */
  #generationOf(message: StunReader): Generation | undefined {
    const { generations } = this.#context;
    for (let i = generations.length - 1; i >= 0; i--)
      if (startsWith(message, generations[i].userPrefix)) return generations[i];
    return undefined;
  }

  /** RFC 8445 7.3.1.1; false: answer 487. */
  #settleRole(now: Instant, message: StunReader): boolean {
    const context = this.#context;
    let claimed: IceRole | undefined;
    if (message.find(AttributeType.iceControlling) && message.u64()) claimed = 'controlling';
    else if (message.find(AttributeType.iceControlled) && message.u64()) claimed = 'controlled';
    if (claimed === undefined) return true;
    const { high, low } = message;
    const verdict = resolveRoleConflict(context.role, context.tieHigh, context.tieLow, claimed, high, low);
    if (verdict === 'no-conflict') return true;
    context.counters.roleConflicts++;
    if (verdict === 'answer-487') return false;
    context.enterRole(now, context.role === 'controlling' ? 'controlled' : 'controlling');
    this.#nominator.handleRole(now);
    return true;
  }

  /** The pair of the flow, made with a peer-reflexive candidate if need be (RFC 8445 7.3.1.3, 7.3.1.4). */
  #pairFor(flow: FlowId, priority: number, generation: Generation): CandidatePair | undefined {
    const context = this.#context;
    const known = context.checklist.ofFlow(flow, generation);
    // A generation that is concluded tries none; one more pair would only seem to be left to try.
    if (known !== undefined || generation.concluded || generation.number < context.generation.number) return known;
    const { flows } = context.config;
    const local = context.bases.get(flows.base(flow));
    if (local === undefined) return undefined;
    const address = flows.address(flow);
    const port = flows.port(flow);
    const remote: RemoteCandidate | undefined =
      findRemote(generation, address, port, local.transport) ??
      addRemote(context, generation, {
        address,
        port,
        transport: local.transport,
        ...(local.tcpType !== undefined && { tcpType: local.tcpType === 'active' ? 'passive' : 'active' }),
        type: 'prflx',
        priority: clampPriority(priority),
        foundation: `prflx${++this.#learned}`,
      });
    return remote === undefined ? undefined : makePair(context, generation, local, remote, true);
  }

  /** RFC 8445 7.3.1.4. A pair whose consent was lost is not tried again (RFC 7675 5.1). */
  #trigger(pair: CandidatePair): void {
    const { concluded, number } = pair.generation;
    const { isOpen, checklist, generation } = this.#context;
    if (pair.state === 'succeeded' || pair.consentLost || !isOpen || concluded || number < generation.number) return;
    checklist.trigger(pair);
  }
}

function startsWith(message: StunReader, prefix: Uint8Array): boolean {
  if (message.valueLength < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (message.bytes[message.valueOffset + i] !== prefix[i]) return false;
  return true;
}

/** Whether the second half of USERNAME is the peer of the description; of an early check it is not known yet. */
function isOurPeer(message: StunReader, { remote, userPrefix }: Generation): boolean {
  if (remote === undefined) return true;
  if (!message.find(AttributeType.username)) return false;
  const prefix = userPrefix.length;
  if (message.valueLength !== prefix + remote.ufrag.length) return false;
  for (let i = 0; i < remote.ufrag.length; i++) {
    if (message.bytes[message.valueOffset + prefix + i] !== remote.ufrag.charCodeAt(i)) return false;
  }
  return true;
}
