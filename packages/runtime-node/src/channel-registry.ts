import { type Message, SendStatus } from '@hawser/sctp-dc';
import type { DataChannel as ChannelHandle, PeerConnectionEvent, PeerConnectionMachine } from '@hawser/webrtc';
import { monotonicNow } from './clock.ts';
import type { PeerConnectionConfig } from './config.ts';
import { type ChannelOwner, DataChannel } from './data-channel.ts';
import { ConnectionError } from './errors.ts';
import type { KeepAlive } from './keep-alive.ts';

/** `ready()` waits until a channel has no more than this queued: enough for any path, little enough to change course. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Of the send queue, what a message in parts may fill of it: more than what it may have to wait for before it begins to leave. */
const PARTS_SHARE = 3 / 8;
/** Defaults of `@hawser/sctp-dc`. */
const SEND_QUEUE_BYTES = 16 * 1024 * 1024;
const DEFAULT_MESSAGE_BYTES = 262_144;
/** Longest message that is put together where the peer was told that there is no limit. */
const MOST_ASSEMBLED_BYTES = 16 * 1024 * 1024;

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

/** What the registry asks of its connection. */
export interface RegistryHooks {
  /** The machine has something to send, or to tell. */
  poke(): void;
  resumeReading(): void;
  report(code: string, message: string): void;
}

/** The data channels of a connection: one object for each handle of the machine. */
export class ChannelRegistry {
  readonly #machine: PeerConnectionMachine;
  readonly #owner: ChannelOwner;
  readonly #channels = new Map<ChannelHandle, DataChannel>();
  /** Channels of which a message was refused since the send queue last had room. */
  readonly #refused = new Set<ChannelHandle>();

  constructor(
    machine: PeerConnectionMachine,
    keepAlive: KeepAlive,
    sctp: NonNullable<PeerConnectionConfig['sctp']>,
    { poke, resumeReading, report }: RegistryHooks,
  ) {
    const mostPartsBytes = (sctp.sendQueueLimitBytes ?? SEND_QUEUE_BYTES) * PARTS_SHARE;
    this.#machine = machine;
    this.#owner = {
      keepAlive,
      resumeReading,
      mostMessageBytes: (sctp.maxMessageSizeBytes ?? DEFAULT_MESSAGE_BYTES) || MOST_ASSEMBLED_BYTES,
      report,
      send: (handle, bytes, binary) => {
        const status = machine.send(monotonicNow(), handle, bytes, 0, bytes.length, binary);
        poke();
        return this.#isQueued(handle, status, bytes.length);
      },
      sendPart: (handle, bytes, binary, last) => {
        const status = machine.sendPart(monotonicNow(), handle, bytes, binary, last);
        poke();
        return this.#isQueued(handle, status, bytes.length);
      },
      abandonMessage: (handle) => {
        // A peer that cannot be told (it lacks RFC 3758) would wait for the rest for ever.
        if (!machine.abandonMessage(monotonicNow(), handle)) machine.closeChannel(monotonicNow(), handle);
        poke();
      },
      hasRoom: (handle) => this.#refused.size === 0 && this.#isShort(handle, HIGH_WATER_BYTES),
      // What was refused to others may wait for this very message.
      hasRoomForParts: (handle) => !this.#refused.has(handle) && this.#isShort(handle, mostPartsBytes),
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

  /** Hands a message, or a part of one, to its channel; false when its reader is behind from here on. */
  deliver(message: Readonly<Message>): boolean {
    const handle = this.#machine.channelOf(message.channel);
    if (handle === undefined) return true;
    const channel = handle.state === 'closed' ? this.#channels.get(handle) : this.of(handle);
    channel?.deliver(message);
    return !channel?.isBehind;
  }

  /** The send queue has room again. */
  handleWritable(): void {
    this.#refused.clear();
    this.check();
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

  #isShort(handle: ChannelHandle, mostBytes: number): boolean {
    return handle.state === 'open' && this.#machine.bufferedAmount(handle) <= mostBytes;
  }

  /** Whether a message was queued: false when the queue is full. Throws what else became of it. */
  #isQueued(handle: ChannelHandle, status: SendStatus, bytes: number): boolean {
    if (status === SendStatus.queued) return true;
    if (status === SendStatus.full) {
      this.#refused.add(handle);
      return false;
    }
    if (status === SendStatus.tooLong) {
      throw new ConnectionError('message-too-long', `${bytes} bytes are more than the peer takes`);
    }
    if (status === SendStatus.abandoned) throw new ConnectionError('cut', 'the message outlived its time');
    throw new ConnectionError('closed', 'the channel is closed');
  }
}
