import { IceAgent, type IceConfig, type IceEvent } from '@hawser/ice-multipath';
import { type Env, type FlowId, FlowTable, type Instant, type Machine, type Slot, Verdict } from '@hawser/wire';
import { Relays } from '../../src/relays/relays.ts';

/** An ICE agent with its relays, and nothing above: what a session makes of them, without cryptography. */
export class RelayedAgent implements Machine<IceEvent> {
  readonly flows = new FlowTable();
  readonly ice: IceAgent;
  readonly relays: Relays;
  readonly faults: string[] = [];

  constructor(config: Partial<IceConfig>, env: Env) {
    this.ice = new IceAgent({ ...config, flows: this.flows }, env);
    this.relays = new Relays(this.ice, this.flows, env, (message) => void this.faults.push(message));
  }

  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const relayed = this.relays.handle(now, flow, bytes, offset, length);
    if (relayed === 'handled') return Verdict.consumed;
    if (relayed === 'not-relayed') return this.ice.handleDatagram(now, flow, bytes, offset, length);
    return this.ice.handleDatagram(now, this.relays.flow, bytes, this.relays.offset, this.relays.length);
  }

  handleTimeout(now: Instant): void {
    this.relays.handleTimeout(now);
    this.ice.handleTimeout(now);
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    if (this.relays.pollTransmit(now, slot)) return true;
    while (this.ice.pollTransmit(now, slot)) if (this.relays.wrap(now, slot)) return true;
    return false;
  }

  pollEvent(): IceEvent | undefined {
    return this.ice.pollEvent();
  }

  pollTimeout(): Instant {
    return Math.min(this.ice.pollTimeout(), this.relays.pollTimeout());
  }
}
