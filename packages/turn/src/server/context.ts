import { AnswerLedger, LongTermServer, TransportAddress } from '@hawser/stun';
import { type BaseId, type Env, type FlowId, type FlowTable, Monotonic } from '@hawser/wire';
import type { Relay, ServerAllocation } from './allocation.ts';
import { resolveLimits, type ServerLimits, type TurnServerConfig } from './config.ts';
import { newServerCounters, type TurnServerCounters } from './counters.ts';
import type { TurnServerEvent } from './events.ts';
import { Outbox } from './outbox.ts';
import { PeerPolicy } from './peer-policy.ts';
import { SpentRequests } from './spent-requests.ts';
import { Users } from './users.ts';

/** A base on which clients come. */
export interface Listener {
  readonly address: string;
  readonly isStream: boolean;
}

/** What every concern of the server shares. */
export class ServerContext {
  readonly config: TurnServerConfig;
  readonly limits: ServerLimits;
  readonly env: Env;
  readonly flows: FlowTable;
  readonly clock: Monotonic;
  readonly counters: TurnServerCounters = newServerCounters();
  readonly outbox = new Outbox(MOST_WAITING, WAITING_BYTES);
  readonly policy: PeerPolicy;
  readonly users: Users;
  readonly credentials: LongTermServer;
  /** What strangers sent and were answered over datagrams. */
  readonly strangers: AnswerLedger;
  readonly spent = new SpentRequests();
  readonly listeners = new Map<BaseId, Listener>();
  readonly allocations = new Map<FlowId, ServerAllocation>();
  readonly relays = new Map<BaseId, { readonly allocation: ServerAllocation; readonly relay: Relay }>();
  /** Where the request being handled came from. */
  readonly source = new TransportAddress();
  readonly #events: TurnServerEvent[] = [];

  constructor(config: TurnServerConfig, env: Env) {
    this.config = config;
    this.env = env;
    this.limits = resolveLimits(config);
    this.flows = config.flows;
    this.clock = new Monotonic(env.now);
    this.policy = new PeerPolicy(config.peers);
    this.users = new Users(config.users ?? {}, config.sharedSecret);
    const advanceBytesPerSecond = this.limits.unauthenticatedAdvanceBytesPerSecond;
    this.strangers = new AnswerLedger({ advanceBytesPerSecond, secure: env.secure });
    this.credentials = new LongTermServer(
      {
        realm: config.realm,
        users: this.users,
        nonceLifetimeMs: this.limits.nonceLifetimeMs,
        ...(config.passwordAlgorithms === undefined ? {} : { algorithms: config.passwordAlgorithms }),
        ...(config.crypto === undefined ? {} : { crypto: config.crypto }),
      },
      env.secure,
    );
  }

  emit(event: TurnServerEvent): void {
    this.#events.push(event);
  }

  pollEvent(): TurnServerEvent | undefined {
    return this.#events.shift();
  }

  /** Reads the source of `flow` into {@link source}. */
  setSource(flow: FlowId): void {
    this.source.set(this.flows.address(flow), this.flows.port(flow));
  }
}

/** Packets that wait for `pollTransmit`: what one burst of inputs may bring before a drain. */
const MOST_WAITING = 512;

/** Payload of a packet that passes by `handleDatagram`; `relay` has no such limit. */
const WAITING_BYTES = 2048;
