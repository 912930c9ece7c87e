/** What a side of an exchange can be asked; every stack's program has these functions, with these names and figures. */
export interface ExchangeSide {
  /**
   * Opens a channel of each label and waits until all are open. A label that begins with `take` asks the other side to
   * take messages in.
   *
   * @returns their streams, in order
   */
  openChannels(what: { labels: readonly string[]; options: ChannelInit }): Promise<(number | null)[]>;

  /**
   * Sends messages number 0 … `count` − 1 of `bytes` each on every channel named. `bounded`: while the queue is long it
   * waits; else all is queued at once. `paceMs`: waits so long after each number. Ends early when the channel does.
   */
  sendMessages(what: {
    labels: readonly string[];
    count: number;
    bytes: number;
    paceMs: number;
    bounded: boolean;
  }): Promise<{ sent: number; stopped: string }>;

  /** What is known of channels whose label begins so, of both sides' making. */
  progress(what: { prefix: string }): Promise<Progress>;

  /** What came by a channel of the other side, and forgets it. `numbers`: name them all, as they came. */
  taken(what: { label: string; numbers: boolean }): Promise<Taken>;

  /** Closes channels and waits until both directions of each are closed. */
  closeChannels(what: { labels: readonly string[] }): Promise<void>;
}

/** As W3C `RTCDataChannelInit`. */
export interface ChannelInit {
  ordered?: boolean;
  maxRetransmits?: number;
  maxPacketLifeTime?: number;
}

export interface Progress {
  channels: number;
  closed: number;
  messages: number;
}

export interface Taken {
  messages: number;
  bytes: number;
  /** The length of the shortest message, 0 when none came. */
  shortest: number;
  longest: number;
  /** From the first message to the last. */
  seconds: number;
  /** Of all messages one after the other, as they came. */
  sha256: string;
  /** Of the messages as they came: their first four octets; empty unless asked for. */
  numbers: number[];
}

/** What is used of a channel. */
export interface ExchangeChannel {
  readonly label: string;
  readonly id: number | null;
  readonly readyState: string;
  onopen?: ((event: never) => void) | (() => void) | null;
  onmessage?: ((event: never) => void) | null;
  onclose?: ((event: never) => void) | (() => void) | null;
  send(data: Uint8Array): void;
  close(): void;
}

/** What differs from one to the other. */
export interface ExchangeParts<C> {
  createChannel(label: string, options: ChannelInit): C;
  newDigest(): { update(bytes: Uint8Array): unknown; hex(): string | Promise<string> };
  /** Resolves when the channel has room in its queue, or is closed. */
  room(channel: C): Promise<unknown> | undefined;
}

export declare const BLOCK_BYTES: number;

/** Message `number`: its number in four octets, then bytes of a block that follow from the number; at most 65 537. */
export declare function messageOf(number: number, bytes: number): Uint8Array;

export declare class ChannelExchange<C extends ExchangeChannel = ExchangeChannel> implements ExchangeSide {
  constructor(parts: ExchangeParts<C>);
  /** Whether messages of a channel of this label are to be taken in. */
  static takes(label: string): boolean;
  /** Takes in what comes by a channel of the other side. */
  adopt(channel: C): void;
  openChannels: ExchangeSide['openChannels'];
  sendMessages: ExchangeSide['sendMessages'];
  progress: ExchangeSide['progress'];
  taken: ExchangeSide['taken'];
  closeChannels: ExchangeSide['closeChannels'];
}
