import { type Env, FlowTable, type Instant, Monotonic } from '@hawser/wire';
import { type MdnsConfig, type ResolvedMdnsConfig, resolveConfig } from './config.ts';
import { createCounters, type MdnsCounters } from './counters.ts';
import type { MdnsEvent } from './events.ts';
import type { Link } from './link.ts';
import { MessageReader } from './message/reader.ts';
import { MessageWriter } from './message/writer.ts';
import { MessageBudget } from './message-budget.ts';

/** What responder and querier share. Owns no rule. */
export class MdnsContext {
  readonly config: ResolvedMdnsConfig;
  readonly env: Env;
  readonly flows: FlowTable;
  readonly clock: Monotonic;
  readonly links = new Map<number, Link>();
  readonly counters: MdnsCounters = createCounters();
  readonly events: MdnsEvent[] = [];
  readonly reader = new MessageReader();
  readonly writer = new MessageWriter();
  readonly budget: MessageBudget;
  isClosed = false;

  constructor(config: MdnsConfig, env: Env) {
    this.config = resolveConfig(config);
    this.env = env;
    this.flows = config.flows ?? new FlowTable(256);
    this.clock = new Monotonic(env.now);
    this.budget = new MessageBudget(this.config.burstMessages, this.config.messagesPerSecond);
  }

  /** When something that is due at `at` can be sent. */
  sendableAt(at: Instant): Instant {
    return Math.max(at, this.budget.readyAt);
  }
}
