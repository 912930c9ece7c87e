import { type ChannelId, type SctpAssociation, SendStatus } from '@hawser/sctp-dc';
import type { ExchangeChannel } from '../exchange/side.js';

/** Bytes that may be queued before an exchange waits. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** A channel of an `SctpAssociation`, in the shape that an exchange knows. */
export class AssociationChannel implements ExchangeChannel {
  readonly label: string;
  readonly id: ChannelId;
  readyState: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: Uint8Array }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #association: SctpAssociation;
  readonly #poke: () => void;
  #waiting: (() => void) | undefined;

  constructor(association: SctpAssociation, id: ChannelId, poke: () => void) {
    this.#association = association;
    this.#poke = poke;
    this.id = id;
    this.label = association.channelInfo(id).label;
  }

  send(data: Uint8Array): void {
    const status = this.#association.send(performance.now(), this.id, data, 0, data.length, true);
    if (status !== SendStatus.queued) throw new Error(`send answered ${status}`);
    this.#poke();
  }

  close(): void {
    this.#association.closeChannel(performance.now(), this.id);
    this.#poke();
  }

  /** Resolves when little is queued, or the channel is over. */
  room(): Promise<void> | undefined {
    if (!this.#isFull) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Called after every drain. */
  check(): void {
    if (this.#waiting === undefined || this.#isFull) return;
    this.#waiting();
    this.#waiting = undefined;
  }

  enter(state: 'open' | 'closing' | 'closed'): void {
    this.readyState = state;
    this.check();
    if (state === 'open') this.onopen?.();
    if (state === 'closed') this.onclose?.();
  }

  get #isFull(): boolean {
    return this.readyState === 'open' && this.#association.bufferedAmount(this.id) > HIGH_WATER_BYTES;
  }
}
