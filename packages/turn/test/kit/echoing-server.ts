import { type Env, FlowTable, type Instant, type Machine, type Slot, type Verdict } from '@hawser/wire';
import { TurnServer, type TurnServerConfig, type TurnServerEvent } from '../../src/index.ts';

/** A server whose relays reach one thing only: peers that send everything back. So two machines are a whole. */
export class EchoingServer implements Machine<TurnServerEvent> {
  readonly flows = new FlowTable(256);
  readonly turn: TurnServer;
  /** The client's flow. */
  readonly client: number;
  readonly #events: TurnServerEvent[] = [];
  #nextBase = 10;

  constructor(config: Omit<TurnServerConfig, 'flows'>, env: Env) {
    this.turn = new TurnServer({ ...config, flows: this.flows }, env);
    this.client = this.flows.intern(1, '203.0.113.5', 4000);
    this.turn.addListener(env.now, { base: 1, address: '192.0.2.1' });
  }

  handleDatagram(now: Instant, from: number, bytes: Uint8Array, offset: number, length: number): Verdict {
    return this.turn.handleDatagram(now, from, bytes, offset, length);
  }

  handleTimeout(now: Instant): void {
    this.turn.handleTimeout(now);
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    const scratch = { ...slot, buffer: new Uint8Array(slot.buffer.length) };
    this.#answer(now);
    for (;;) {
      const { offset, length } = slot;
      if (!this.turn.pollTransmit(now, scratch)) return false;
      if (this.flows.base(scratch.flow) === 1) {
        slot.buffer.set(scratch.buffer.subarray(scratch.offset, scratch.offset + scratch.length), offset);
        slot.length = scratch.length;
        slot.flow = scratch.flow;
        slot.cls = scratch.cls;
        return true;
      }
      this.turn.handleDatagram(now, scratch.flow, scratch.buffer, scratch.offset, scratch.length);
      scratch.offset = offset;
      scratch.length = length;
    }
  }

  pollEvent(): TurnServerEvent | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant {
    return this.turn.pollTimeout();
  }

  /** Plays the runtime: sockets are there at once. */
  #answer(now: Instant): void {
    for (let event = this.turn.pollEvent(); event !== undefined; event = this.turn.pollEvent()) {
      this.#events.push(event);
      if (event.type !== 'need-relay') continue;
      const base = this.#nextBase++;
      this.turn.addRelay(now, event.id, { base, address: '192.0.2.1', port: 50_000 + base });
    }
  }
}
