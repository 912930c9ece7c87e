import { createSocket, type Socket } from 'node:dgram';
import { NodeSecureRandom, nodeJitter } from '@hawser/node';
import { type ChannelId, createMessage, SctpAssociation, type SctpConfig, type SctpEvent } from '@hawser/sctp-dc';
import { createSlot, NEVER, type PathInfo } from '@hawser/wire';
import { streamedDigest } from '../chromium/hawser/channels.ts';
import { ChannelExchange, type ChannelInit, type ExchangeSide } from '../exchange/side.js';
import { AssociationChannel } from './association-channel.ts';

/** SCTP packets of at most this many bytes: what the other side is told too. */
const MTU_BYTES = 1_200;
const BUFFER_BYTES = 4 * 1024 * 1024;
const PATH = 0;
const UP: PathInfo = {
  state: 'active',
  mtuBytes: MTU_BYTES,
  srttMs: 0,
  rttVarMs: 0,
  lossRatio: 0,
  egress: '',
  cost: 0,
};

/** What the run asks for. */
export type AssociationOptions = Pick<SctpConfig, 'interleaving' | 'dtlsRole' | 'lowerLayerChecksums'>;

/** One `SctpAssociation` whose packets travel plainly in datagrams of a UDP socket, with the functions of an exchange. */
export class AssociationEnd implements ExchangeSide {
  #association!: SctpAssociation;
  #socket!: Socket;
  readonly #slot = createSlot();
  readonly #message = createMessage();
  readonly #channels = new Map<ChannelId, AssociationChannel>();
  readonly #exchange = new ChannelExchange<AssociationChannel>({
    createChannel: (label, options) => this.#open(label, options),
    newDigest: streamedDigest,
    room: (channel) => channel.room(),
  });
  #timer: NodeJS.Timeout | undefined;
  #isPoked = false;
  #state: 'setting-up' | 'up' | 'down' = 'setting-up';
  #why = '';
  #stateChanged: (() => void)[] = [];

  openChannels: ExchangeSide['openChannels'] = (what) => this.#exchange.openChannels(what);
  sendMessages: ExchangeSide['sendMessages'] = (what) => this.#exchange.sendMessages(what);
  progress: ExchangeSide['progress'] = (what) => this.#exchange.progress(what);
  taken: ExchangeSide['taken'] = (what) => this.#exchange.taken(what);
  closeChannels: ExchangeSide['closeChannels'] = (what) => this.#exchange.closeChannels(what);

  /** Opens the socket; its port. */
  async create(options: AssociationOptions): Promise<number> {
    const config: SctpConfig = { ...options, mtuBytes: MTU_BYTES, remoteMaxMessageSizeBytes: 0 };
    this.#association = new SctpAssociation(config, {
      now: performance.now(),
      unixMs: Date.now(),
      secure: new NodeSecureRandom(),
      jitter: nodeJitter,
    });
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
    await new Promise<void>((resolve) => this.#socket.bind(0, '127.0.0.1', resolve));
    return this.#socket.address().port;
  }

  /** Where packets go; `active`: begins the handshake, else waits for the other side's. */
  async connect({ port, active }: { port: number; active: boolean }): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.connect(port, '127.0.0.1', resolve));
    this.#socket.on('message', (bytes) => {
      this.#association.handleDatagram(performance.now(), PATH, bytes, 0, bytes.length);
      this.#poke();
    });
    // What was sent before the other side was there comes back as an error.
    this.#socket.on('error', () => undefined);
    this.#association.handlePath(performance.now(), PATH, UP);
    if (active) this.#association.connect(performance.now());
    this.#poke();
  }

  async connected(): Promise<void> {
    await this.#until(() => this.#state !== 'setting-up');
    if (this.#state === 'down') throw new Error(`the association ended: ${this.#why}`);
  }

  /** Resolves when the association has ended, with the reason. */
  async ended(): Promise<string> {
    await this.#until(() => this.#state === 'down');
    return this.#why;
  }

  end({ abort }: { abort: boolean }): void {
    if (abort) this.#association.abort(performance.now(), 'asked to');
    else this.#association.shutdown(performance.now());
    this.#poke();
  }

  stats(): unknown {
    return this.#association.stats();
  }

  #open(label: string, { maxPacketLifeTime, ...same }: ChannelInit): AssociationChannel {
    const options = { label, ...same, maxPacketLifeTimeMs: maxPacketLifeTime };
    const id = this.#association.openChannel(performance.now(), options);
    this.#poke();
    return this.#channelOf(id);
  }

  #channelOf(id: ChannelId): AssociationChannel {
    let channel = this.#channels.get(id);
    if (channel === undefined) {
      channel = new AssociationChannel(this.#association, id, () => this.#poke());
      this.#channels.set(id, channel);
    }
    return channel;
  }

  /** Drains soon. */
  #poke(): void {
    if (this.#isPoked) return;
    this.#isPoked = true;
    setImmediate(() => {
      this.#isPoked = false;
      this.#drain();
    });
  }

  #drain(): void {
    const association = this.#association;
    this.#transmit();
    for (let event = association.pollEvent(); event !== undefined; event = association.pollEvent()) this.#handle(event);
    this.#read();
    for (const channel of this.#channels.values()) channel.check();
    this.#transmit();
    clearTimeout(this.#timer);
    const at = association.pollTimeout();
    if (at === NEVER) return;
    this.#timer = setTimeout(() => this.#handleTimeout(), Math.max(0, Math.ceil(at - performance.now())));
  }

  #read(): void {
    while (this.#association.pollMessage(this.#message)) {
      const { channel, bytes, offset, length } = this.#message;
      this.#channels.get(channel)?.onmessage?.({ data: bytes.subarray(offset, offset + length) });
    }
  }

  #transmit(): void {
    const now = performance.now();
    while (this.#association.pollTransmit(now, this.#slot)) {
      const { buffer, offset, length } = this.#slot;
      // The system may not take it at once: it keeps a copy.
      this.#socket.send(buffer.slice(offset, offset + length), () => undefined);
    }
  }

  #handleTimeout(): void {
    this.#association.handleTimeout(performance.now());
    this.#drain();
  }

  #handle(event: SctpEvent): void {
    switch (event.type) {
      case 'connected':
        this.#enter('up', '');
        return;
      case 'closed':
        this.#enter('down', event.reason);
        return;
      case 'channel': {
        const channel = this.#channelOf(event.channel);
        this.#exchange.adopt(channel);
        channel.enter('open');
        return;
      }
      case 'channel-open':
        this.#channelOf(event.channel).enter('open');
        return;
      case 'channel-closing':
        this.#channelOf(event.channel).enter('closing');
        return;
      case 'channel-closed':
        // What came before stays readable; the number may soon be another channel's.
        this.#read();
        this.#channelOf(event.channel).enter('closed');
        this.#channels.delete(event.channel);
    }
  }

  #enter(state: 'up' | 'down', why: string): void {
    this.#state = state;
    this.#why = why;
    for (const changed of this.#stateChanged.splice(0)) changed();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#stateChanged.push(resolve));
  }
}
