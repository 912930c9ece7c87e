import { type Env, type Instant, Monotonic, TimerTable } from '@hawser/wire';
import type { Settings } from './config.ts';
import type { CloseReason, SctpEvent, SctpWarning } from './events.ts';
import { StateMachine } from './handshake/state.ts';
import { Outbox } from './outbox.ts';
import { createStats, type SctpStats } from './stats.ts';

/** Timers of the association; those of a path are in the path. */
export const Timer = {
  /** T1-init (RFC 9260 5.1). */
  init: 0,
  /** T1-cookie. */
  cookie: 1,
  /** T2-shutdown (RFC 9260 9.2). */
  shutdown: 2,
  /** T5-shutdown-guard. */
  shutdownGuard: 3,
  /** Delayed SACK (RFC 9260 6.2). */
  sack: 4,
  /** Repeats a FORWARD-TSN (RFC 3758 3.5 C4). */
  forwardTsn: 5,
  /** Repeats a RE-CONFIG request (RFC 6525 5.1.1). */
  reConfig: 6,
} as const;

/** What INIT or INIT ACK told of the peer. */
export interface PeerFields {
  tag: number;
  windowBytes: number;
  outboundStreams: number;
  inboundStreams: number;
  initialTsn: number;
  forwardTsn: boolean;
  reConfig: boolean;
  zeroChecksum: boolean;
  interleaving: boolean;
  iForwardTsn: boolean;
}

/** What every concern of an association shares: configuration, clock, timers, outbox, events, counters, both sides' tags. */
export class Context {
  readonly settings: Settings;
  readonly env: Env;
  readonly clock: Monotonic;
  readonly timers = new TimerTable(7);
  readonly outbox: Outbox;
  readonly stats: SctpStats = createStats();
  readonly state: StateMachine;
  /** Verification tag that the peer must put into its packets; 0 while there is no TCB. */
  localTag = 0;
  localInitialTsn = 0;
  readonly peer: PeerFields = {
    tag: 0,
    windowBytes: 0,
    outboundStreams: 0,
    inboundStreams: 0,
    initialTsn: 0,
    forwardTsn: false,
    reConfig: false,
    zeroChecksum: false,
    interleaving: false,
    iForwardTsn: false,
  };
  /** Streams added since the set-up (RFC 6525 5.1.5). */
  readonly addedStreams = { outgoing: 0, incoming: 0 };
  /** Lets go of what the association held; called once, before `closed` is told. */
  ended: () => void = () => {};
  readonly #events: SctpEvent[] = [];
  #eventsRead = 0;

  constructor(settings: Settings, env: Env) {
    this.settings = settings;
    this.env = env;
    this.clock = new Monotonic(env.now);
    this.outbox = new Outbox(this.stats);
    this.state = new StateMachine((from, to, why) => env.trace?.trace(this.clock.now, 'sctp:state', { from, to, why }));
  }

  get now(): Instant {
    return this.clock.now;
  }

  /** Streams that we may send on: those that we announced, as far as the peer takes them (RFC 9260 5.1.1), and those added. */
  get outgoingStreams(): number {
    return Math.min(this.settings.streams, this.peer.inboundStreams) + this.addedStreams.outgoing;
  }

  /** As `outgoingStreams`, of the peer. */
  get incomingStreams(): number {
    return Math.min(this.settings.streams, this.peer.outboundStreams) + this.addedStreams.incoming;
  }

  /** Whether user data travels in I-DATA chunks: both sides said so (RFC 8260 2.2.1). */
  get interleaves(): boolean {
    return this.settings.interleaving && this.peer.interleaving;
  }

  /** Whether messages may be given up: the peer takes the kind of FORWARD-TSN that goes with its data (RFC 8260 2.3.1). */
  get mayForwardTsn(): boolean {
    return this.interleaves ? this.peer.iForwardTsn : this.peer.forwardTsn;
  }

  emit(event: SctpEvent): void {
    this.#events.push(event);
  }

  /** Tells of something that ends nothing. A peer can cause these at will: beyond a bound they are left out. */
  warn(error: SctpWarning, detail: string): void {
    if (this.#events.length - this.#eventsRead < MAX_QUEUED_WARNINGS) this.emit({ type: 'error', error, detail });
  }

  pollEvent(): SctpEvent | undefined {
    const event = this.#events[this.#eventsRead];
    if (event === undefined) return undefined;
    this.#eventsRead++;
    if (this.#eventsRead === this.#events.length) {
      this.#events.length = 0;
      this.#eventsRead = 0;
    }
    return event;
  }

  /** The association is over: nothing but what the outbox holds is sent any more. */
  close(reason: CloseReason, detail: string): void {
    if (this.state.over) return;
    this.state.end(reason);
    this.timers.disarmAll();
    this.ended();
    this.emit({ type: 'closed', reason, detail });
  }
}

const MAX_QUEUED_WARNINGS = 64;
