import type { DataChannel as ChannelHandle, PeerConnectionEvent, PeerConnectionMachine } from '@hawser/webrtc';
import { monotonicNow } from './clock.ts';
import { type ChannelOwner, DataChannel } from './data-channel.ts';
import { ConnectionError } from './errors.ts';
import type { KeepAlive } from './keep-alive.ts';

/** `ready()` waits until a channel has no more than this queued: enough for any path, little enough to change course. */
const HIGH_WATER_BYTES = 1024 * 1024;

type ChannelEvent = Extract<
  PeerConnectionEvent,
  { type: 'channel-open' | 'channel-closing' | 'channel-closed' | 'buffered-amount-low' }
>;

const DOM_EVENT = {
  'channel-open': 'open',
  'channel-closing': 'closing',
  'channel-closed': 'close',
  'buffered-amount-low': 'bufferedamountlow',
} as const;

/** The data channels of a connection: one object for each handle of the machine. */
export class ChannelRegistry {
  readonly #machine: PeerConnectionMachine;
  readonly #owner: ChannelOwner;
  readonly #channels = new Map<ChannelHandle, DataChannel>();

  constructor(
    machine: PeerConnectionMachine,
    keepAlive: KeepAlive,
    { poke, resumeReading }: { poke: () => void; resumeReading: () => void },
  ) {
    this.#machine = machine;
    this.#owner = {
      keepAlive,
      resumeReading,
      send: (handle, bytes, binary) => {
        this.#send(handle, bytes, binary);
        poke();
      },
      hasRoom: (handle) => handle.state === 'open' && machine.bufferedAmount(handle) <= HIGH_WATER_BYTES,
      bufferedAmount: (handle) => machine.bufferedAmount(handle),
      setLowThreshold: (handle, bytes) => machine.setBufferedAmountLowThreshold(handle, bytes),
      close: (handle) => {
        machine.closeChannel(monotonicNow(), handle);
        poke();
      },
    };
  }

  /** Whether a reader of some channel is behind. */
  get isBehind(): boolean {
    for (const channel of this.#channels.values()) if (channel.isBehind) return true;
    return false;
  }

  of(handle: ChannelHandle): DataChannel {
    let channel = this.#channels.get(handle);
    if (channel === undefined) {
      channel = new DataChannel(handle, this.#owner);
      this.#channels.set(handle, channel);
    }
    return channel;
  }

  handleEvent({ type, channel }: ChannelEvent): void {
    this.of(channel).notify(DOM_EVENT[type]);
    if (type === 'channel-closed') this.#channels.delete(channel);
  }

  /** After every drain: queues may have emptied. */
  check(): void {
    for (const channel of this.#channels.values()) channel.notify(undefined);
  }

  /** The connection is gone. */
  closeAll(): void {
    for (const [handle, channel] of [...this.#channels]) {
      handle.state = 'closed';
      channel.notify('close');
    }
    this.#channels.clear();
  }

  #send(handle: ChannelHandle, bytes: Uint8Array, binary: boolean): void {
    const status = this.#machine.send(monotonicNow(), handle, bytes, 0, bytes.length, binary);
    if (status === 0) return;
    if (status === 1) throw new ConnectionError('queue-full', 'the send queue is full: wait for ready()');
    if (status === 2)
      throw new ConnectionError('message-too-long', `${bytes.length} bytes are more than the peer takes`);
    throw new ConnectionError('invalid-state', 'the channel is closed');
  }
}
