import { TransportAddress } from '@hawser/stun';
import { type Env, type FlowId, type Instant, type Machine, PacketClass, type Slot, Verdict } from '@hawser/wire';
import { TurnClient, type TurnClientConfig, type TurnClientEvent, WrapStatus } from '../../src/index.ts';

/** What an application has of a client: packets to send, packets received. */
export class RelayedClient implements Machine<TurnClientEvent> {
  readonly turn: TurnClient;
  readonly received: { readonly from: string; readonly bytes: Uint8Array }[] = [];
  /** Of packets given to `send`, what `wrap` said. */
  readonly statuses: WrapStatus[] = [];
  readonly #queue: { readonly peer: TransportAddress; readonly payload: Uint8Array }[] = [];

  constructor(config: TurnClientConfig, env: Env) {
    this.turn = new TurnClient(config, env);
  }

  send(address: string, port: number, payload: Uint8Array): void {
    this.#queue.push({ peer: addressOf(address, port), payload });
  }

  handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const verdict = this.turn.unwrap(bytes, offset, length);
    if (verdict === Verdict.notMine) return this.turn.handleDatagram(now, from, bytes, offset, length);
    if (verdict === Verdict.consumed) {
      const { peer, payloadOffset, payloadLength } = this.turn;
      const from = `${peer.text()}:${peer.port}`;
      this.received.push({ from, bytes: bytes.slice(payloadOffset, payloadOffset + payloadLength) });
    }
    return verdict;
  }

  handleTimeout(now: Instant): void {
    this.turn.handleTimeout(now);
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    if (this.turn.pollTransmit(now, slot)) return true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { offset, length } = slot;
      const before = slot.buffer.slice(offset, offset + next.payload.length);
      slot.buffer.set(next.payload, offset);
      slot.length = next.payload.length;
      const status = this.turn.wrap(slot, next.peer);
      this.statuses.push(status);
      if (status === WrapStatus.wrapped) {
        slot.cls = PacketClass.data;
        return true;
      }
      slot.buffer.set(before, offset);
      slot.length = length;
    }
    return false;
  }

  pollEvent(): TurnClientEvent | undefined {
    return this.turn.pollEvent();
  }

  pollTimeout(): Instant {
    return this.turn.pollTimeout();
  }
}

export function addressOf(address: string, port: number): TransportAddress {
  const result = new TransportAddress();
  if (!result.set(address, port)) throw new Error(`${address} is no address`);
  return result;
}
