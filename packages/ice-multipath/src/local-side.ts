import { type BaseId, canonicalAddress, type Instant, NO_PATH } from '@hawser/wire';
import type { Answers } from './answers.ts';
import type { BaseOptions } from './config.ts';
import type { IceContext } from './context.ts';
import { IceError } from './errors.ts';
import { LocalBase } from './local-base.ts';
import { dropPair, makePair } from './pairing.ts';
import type { Paths } from './paths.ts';
import type { Steering } from './steering.ts';

/** Our bases: what comes with a socket that is there, and what goes with one that is not. */
export class LocalSide {
  readonly #context: IceContext;
  readonly #answers: Answers;
  readonly #paths: Paths;
  readonly #steering: Steering;
  readonly #foundations = new Map<string, string>();
  #localPreference = 65_535;
  #ended = false;

  constructor(context: IceContext, answers: Answers, paths: Paths, steering: Steering) {
    this.#context = context;
    this.#answers = answers;
    this.#paths = paths;
    this.#steering = steering;
  }

  add(options: BaseOptions): void {
    const context = this.#context;
    const address = canonicalAddress(options.address);
    if (address === undefined) throw new IceError('bad-base', `not an address: ${options.address}`);
    if (!(options.port > 0 && options.port <= 65_535)) throw new IceError('bad-base', `not a port: ${options.port}`);
    if (context.bases.has(options.base)) throw new IceError('bad-base', `base ${options.base} is there already`);
    if (options.needId !== undefined) this.#steering.settleNeed(options.needId);
    if (!context.isOpen) return;
    const preference = options.localPreference ?? (this.#localPreference > 0 ? this.#localPreference-- : 0);
    const base = new LocalBase({ ...options, address }, this.#foundationOf(address), preference);
    context.bases.set(options.base, base);
    if (base.spare) return;
    this.#tell(base);
    for (const generation of [context.generation, context.pending]) {
      if (generation === undefined || generation.concluded) continue;
      for (const remote of generation.remotes) makePair(context, generation, base, remote);
    }
    if (this.#paths.liveCount > 0) this.#steering.refill();
  }

  remove(now: Instant, base: BaseId): void {
    const context = this.#context;
    this.#known(base);
    this.#steering.dropBase(base);
    this.#answers.dropBase(base);
    for (const pair of context.checklist.ofBase(base)) {
      if (pair.path !== NO_PATH) {
        this.#paths.abandon(now, pair, 'base-removed');
        this.#paths.discard(now, pair);
      }
      dropPair(context, pair);
    }
    context.bases.delete(base);
    context.config.flows.dropBase(base);
    if (this.#paths.liveCount === 0 && context.state === 'connected') context.enter(now, 'disconnected');
  }

  setEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    this.#known(base).egress = egress;
    this.#paths.reselect(now);
  }

  /** A restart: every candidate is told again, under the new credentials (RFC 8445 9). */
  retell(): void {
    for (const base of this.#context.bases.values()) if (!base.steers) this.#tell(base);
    if (this.#ended) this.#context.emit({ type: 'end-of-candidates' });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.emit({ type: 'end-of-candidates' });
  }

  #tell(base: LocalBase): void {
    this.#context.emit({ type: 'candidate', candidate: base.candidate(this.#context.local), base: base.base });
  }

  #known(base: BaseId): LocalBase {
    const local = this.#context.bases.get(base);
    if (local === undefined) throw new IceError('unknown-base', `base ${base}`);
    return local;
  }

  /** RFC 8445 5.1.1.3: one for each type, address and transport; here type and transport are always the same. */
  #foundationOf(address: string): string {
    let foundation = this.#foundations.get(address);
    if (foundation === undefined) {
      foundation = String(this.#foundations.size + 1);
      this.#foundations.set(address, foundation);
    }
    return foundation;
  }
}
