import { type BaseId, type Env, type FlowId, type Instant, Monotonic, secureU32, TimerTable } from '@hawser/wire';
import { CheckTable } from './check.ts';
import { Checklist } from './checklist.ts';
import { type IceConfig, type RemoteParameters, type ResolvedConfig, resolveConfig } from './config.ts';
import { createCounters, type IceCounters } from './counters.ts';
import { isIceChars, PWD_CHARS, randomIceChars, UFRAG_CHARS } from './credentials.ts';
import { FAULT_REPEAT_MS, IceError, type IceFaultCode } from './errors.ts';
import type { IceEvent, IceRole, IceState } from './events.ts';
import { Fifo } from './fifo.ts';
import { Generation } from './generation.ts';
import type { LocalBase } from './local-base.ts';
import { PathTable } from './path-table.ts';

/** The agent's own timers; pairs have theirs. */
export const TIMER = {
  /** Next new check (RFC 8445 14.2). */
  pace: 0,
  /** End of the hold of rule R4. */
  hold: 1,
  /** Time to nominate. */
  nominate: 2,
  /** Nothing may be `failed` before (RFC 8863 4). */
  patience: 3,
  /** The choice of active paths is looked at again. */
  review: 4,
  /** Next round of steering checks. */
  steer: 5,
  /** Silence of every path becomes `disconnected`. */
  silence: 6,
  /** The paths of older generations are given up. */
  retire: 7,
} as const;

/** Legal moves of the agent. */
const EDGES: Readonly<Record<IceState, readonly IceState[]>> = {
  new: ['checking', 'closed'],
  checking: ['connected', 'failed', 'closed'],
  connected: ['disconnected', 'checking', 'failed', 'closed'],
  disconnected: ['connected', 'checking', 'failed', 'closed'],
  // A restart begins anew (RFC 8445 9).
  failed: ['checking', 'closed'],
  closed: [],
};

/** Most checks of one pair that wait for an answer. */
const CHECKS_PER_PAIR = 48;

/** What every concern of the agent shares: configuration, clock, credentials, candidates, pairs, paths, events. */
export class IceContext {
  readonly config: ResolvedConfig;
  readonly env: Env;
  readonly clock: Monotonic;
  readonly timers = new TimerTable(Object.keys(TIMER).length);
  readonly events = new Fifo<IceEvent>();
  readonly counters: IceCounters = createCounters();

  readonly tieHigh: number;
  readonly tieLow: number;
  /** Whose pairs are made and checked now. */
  generation: Generation;
  /** Its credentials are told, or are about to be, and the peer's are not known yet. */
  pending: Generation | undefined;
  /** Those whose checks are answered: oldest first, `generation` and `pending` last. */
  readonly generations: Generation[] = [];
  isHawser = false;
  /** The peer as far as it is known: from its description, or by its checks. */
  browser: RemoteParameters['browser'];
  role: IceRole;
  state: IceState = 'new';

  readonly bases = new Map<BaseId, LocalBase>();
  readonly checklist: Checklist;
  readonly checks: CheckTable;
  readonly paths: PathTable;

  readonly #faults = new Map<IceFaultCode, { count: number; toldAt: Instant }>();

  constructor(config: IceConfig, env: Env) {
    this.config = resolveConfig(config);
    this.env = env;
    this.clock = new Monotonic(env.now);
    this.role = this.config.role;
    const ufrag = config.localUfrag ?? randomIceChars(env.secure, UFRAG_CHARS);
    const pwd = config.localPwd ?? randomIceChars(env.secure, PWD_CHARS);
    if (!isIceChars(ufrag, 4) || !isIceChars(pwd, 22)) {
      throw new IceError('bad-config', 'a user name fragment has 4 to 256 ice-chars, a password 22 to 256');
    }
    this.generation = new Generation(0, ufrag, pwd);
    this.generations.push(this.generation);
    [this.tieHigh, this.tieLow] = config.tieBreaker ?? [secureU32(env.secure), secureU32(env.secure)];
    this.checklist = new Checklist(this.config.maxPairs);
    this.checks = new CheckTable(env.secure, CHECKS_PER_PAIR);
    this.paths = new PathTable(2 * this.config.maxPairs + 16);
  }

  /** What the peer's description said. */
  get remote(): RemoteParameters | undefined {
    return this.generation.remote;
  }

  /** The newest of ours: that of descriptions and candidates from now on. */
  get local(): Generation {
    return this.pending ?? this.generation;
  }

  /** The base of a flow that is known. */
  baseOf(flow: FlowId): LocalBase | undefined {
    const { flows } = this.config;
    return flows.isKnown(flow) ? this.bases.get(flows.base(flow)) : undefined;
  }

  emit(event: IceEvent): void {
    this.events.push(event);
  }

  enter(now: Instant, next: IceState): void {
    if (this.state === next) return;
    if (!EDGES[this.state].includes(next)) throw new Error(`agent: ${this.state} to ${next}`);
    this.trace(now, 'ice:state_updated', { old: this.state, new: next });
    this.state = next;
    // What failed is not tried again without a restart.
    if (next === 'failed') this.generation.concluded = true;
    this.emit({ type: 'state', state: next });
  }

  enterRole(now: Instant, role: IceRole): void {
    if (this.role === role) return;
    this.role = role;
    this.checklist.rank(role);
    this.trace(now, 'ice:role_updated', { role });
    this.emit({ type: 'role', role });
  }

  /** The peer showed that it is one of ours: under MESSAGE-INTEGRITY, or in its description. */
  becomeHawser(now: Instant): void {
    if (this.isHawser || !this.config.hawser) return;
    this.isHawser = true;
    this.trace(now, 'ice:hawser_peer', {});
    this.emit({ type: 'hawser-peer' });
  }

  /** Reports a fault, each code at most once per {@link FAULT_REPEAT_MS}. */
  fault(now: Instant, code: IceFaultCode, message: string): void {
    let fault = this.#faults.get(code);
    if (fault === undefined) {
      fault = { count: 0, toldAt: Number.NEGATIVE_INFINITY };
      this.#faults.set(code, fault);
    }
    fault.count++;
    if (now - fault.toldAt < FAULT_REPEAT_MS) return;
    fault.toldAt = now;
    this.emit({ type: 'error', error: { code, message, count: fault.count } });
  }

  trace(now: Instant, name: string, data: Readonly<Record<string, string | number | boolean>>): void {
    this.env.trace?.trace(now, name, data);
  }

  /** Whether the agent still works: not closed, and not failed unless a restart is under way. */
  get isOpen(): boolean {
    return this.state !== 'closed' && (this.state !== 'failed' || this.pending !== undefined);
  }

  /** A factor between 0.8 and 1.2 (RFC 7675 5.1). */
  spread(): number {
    return 0.8 + 0.4 * this.env.jitter.nextUnit();
  }
}
