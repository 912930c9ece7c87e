import type { Instant, PathState } from '@hawser/wire';
import { Answers } from './answers.ts';
import { type IceContext, TIMER } from './context.ts';
import type { Gatherer } from './gathering.ts';
import { Inbound } from './inbound.ts';
import { Liveness } from './liveness/liveness.ts';
import { LocalSide } from './local-side.ts';
import { Nominator } from './nomination/nominator.ts';
import { Outbox } from './outbox.ts';
import type { CandidatePair } from './pair.ts';
import { dropPair } from './pairing.ts';
import { Paths } from './paths.ts';
import { RemoteSide } from './remote-side.ts';
import { Requests } from './requests.ts';
import { Responses } from './responses.ts';
import { Restart } from './restart.ts';
import { Scheduler } from './scheduler.ts';
import { Steering } from './steering.ts';
import { TcpConnections } from './tcp-connections.ts';

/** The concerns of an agent, put together: who knows whom. */
export class Parts {
  readonly answers: Answers;
  readonly outbox: Outbox;
  readonly paths: Paths;
  readonly liveness: Liveness;
  readonly nominator: Nominator;
  readonly steering: Steering;
  readonly local: LocalSide;
  readonly gatherer: Gatherer;
  readonly restart: Restart;
  readonly responses: Responses;
  readonly remote: RemoteSide;
  readonly inbound: Inbound;
  readonly scheduler: Scheduler;
  readonly connections: TcpConnections;
  readonly #context: IceContext;
  /** Nothing is asked for any more. */
  #isClosing = false;

  constructor(context: IceContext) {
    this.#context = context;
    this.answers = new Answers(context);
    this.outbox = new Outbox(context);
    this.paths = new Paths(context, {
      handlePathState: (now, pair, state) => this.#handlePathState(now, pair, state),
      handleSelected: (now) => this.nominator.handleReselected(now),
    });
    this.liveness = new Liveness(context, this.outbox, this.paths);
    this.nominator = new Nominator(context, this.outbox, this.paths);
    this.steering = new Steering(context, this.outbox, this.paths, this.nominator);
    this.local = new LocalSide(context, this.answers, this.paths, this.steering);
    this.gatherer = this.local.gatherer;
    this.restart = new Restart(context, this);
    this.responses = new Responses(context, this.paths, this.liveness, this.nominator, this.restart);
    this.remote = new RemoteSide(context, this.answers, this.restart);
    const requests = new Requests(context, this.answers, this.paths, this.nominator);
    this.inbound = new Inbound(context, requests, this.responses, this.remote, this.gatherer);
    this.scheduler = new Scheduler(context, this);
    this.connections = new TcpConnections(context, this.paths);
  }

  /** Gives the ports back that steering needs no longer. */
  releaseServed(now: Instant): void {
    for (let base = this.steering.served; base !== undefined; base = this.steering.served) {
      this.local.remove(now, base);
      this.#context.emit({ type: 'release-base', base });
    }
  }

  /** Ends everything: nothing is sent any more. */
  close(now: Instant): void {
    const context = this.#context;
    this.#isClosing = true;
    this.answers.clear();
    this.outbox.clear();
    this.gatherer.close();
    this.paths.close(now);
    for (const pair of [...context.checklist.pairs]) dropPair(context, pair);
    context.timers.disarmAll();
    context.enter(now, 'closed');
  }

  #handlePathState(now: Instant, pair: CandidatePair, state: PathState): void {
    this.liveness.handlePathState(now, pair, state);
    if (state === 'discarded') {
      if (pair.generation.retired) dropPair(this.#context, pair);
      return;
    }
    if (this.#isClosing) return;
    if (!this.#context.timers.isArmed(TIMER.review)) this.scheduler.review(now);
    this.steering.refill();
  }
}
