import { IceAgent, type IceConfig, type IceEvent } from '@hawser/ice-multipath';
import {
  type BaseId,
  type Env,
  type FlowId,
  FlowTable,
  type Instant,
  type Machine,
  type Slot,
  Verdict,
} from '@hawser/wire';
import type { CarrierNeed } from '../../src/relays/carriers.ts';
import { Relays } from '../../src/relays/relays.ts';

export type AgentEvent =
  | Exclude<IceEvent, { type: 'need-base' }>
  | CarrierNeed
  | { readonly type: 'release-base'; readonly base: BaseId };

/** An ICE agent with its relays, and nothing above: what a session makes of them, without cryptography. */
export class RelayedAgent implements Machine<AgentEvent> {
  readonly flows = new FlowTable();
  readonly ice: IceAgent;
  readonly relays: Relays;
  readonly faults: string[] = [];
  readonly #events: AgentEvent[] = [];
  #now: Instant = 0;

  constructor(config: Partial<IceConfig>, env: Env) {
    this.ice = new IceAgent({ ...config, flows: this.flows }, env);
    this.relays = new Relays(this.ice, this.flows, env, {
      onFault: (message) => void this.faults.push(message),
      onNeedBase: (need) => void this.#events.push(need),
      onReleaseBase: (base) => void this.#events.push({ type: 'release-base', base }),
    });
  }

  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    this.#now = now;
    const relayed = this.relays.handle(now, flow, bytes, offset, length);
    if (relayed === 'handled') return Verdict.consumed;
    if (relayed === 'not-relayed') return this.ice.handleDatagram(now, flow, bytes, offset, length);
    return this.ice.handleDatagram(now, this.relays.flow, bytes, this.relays.offset, this.relays.length);
  }

  handleTimeout(now: Instant): void {
    this.#now = now;
    this.relays.handleTimeout(now);
    this.ice.handleTimeout(now);
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    if (this.relays.pollTransmit(now, slot)) return true;
    while (this.ice.pollTransmit(now, slot)) if (this.relays.wrap(now, slot)) return true;
    return false;
  }

  pollEvent(): AgentEvent | undefined {
    for (let event = this.ice.pollEvent(); event !== undefined; event = this.ice.pollEvent()) {
      if (event.type !== 'need-base') this.#events.push(event);
      // Spare ports of hosts are the runtime's; there are none here.
      else if (event.beside === undefined) this.ice.baseFailed(this.#now, event.id, 'no spare ports');
      else this.relays.provideSpare(this.#now, event.id, event.beside);
      if (event.type === 'restarted') this.relays.endGenerations(this.#now);
    }
    return this.#events.shift();
  }

  pollTimeout(): Instant {
    return Math.min(this.ice.pollTimeout(), this.relays.pollTimeout());
  }
}
