import type { IceCandidateInit, MultipathConfig, PeerConnectionConfig } from '@hawser/node';
import { type FaultEvent, type PathEvent, PeerConnection, type SteeredEvent } from '@hawser/node';
import type { ExchangeSide } from '../../exchange/side.js';
import { Channels, type TransferOptions, type TransferResult } from './channels.ts';
import { MediaEcho } from './media-echo.ts';

/** What happened to the paths, for the figures and for whoever looks for a cause. */
export interface PathLogEntry {
  /** Milliseconds since the connection was made. */
  at: number;
  what: string;
}

/** The functions that the run calls on the Hawser side; the page has the same names for the same things. */
export class HawserPeer implements ExchangeSide {
  readonly #notify: (event: string, params: unknown) => void;
  #connection: PeerConnection | undefined;
  #channels: Channels | undefined;
  #media: MediaEcho | undefined;
  #log: PathLogEntry[] = [];
  #startedAt = 0;
  #peersTrickle = false;

  constructor(notify: (event: string, params: unknown) => void) {
    this.#notify = notify;
  }

  /** A new connection; `media` adds an audio and a video section to send back on. */
  create({ config, media, trickle }: { config: PeerConnectionConfig; media: boolean; trickle: boolean }): void {
    const connection = new PeerConnection(config);
    this.#connection = connection;
    this.#startedAt = performance.now();
    this.#log = [];
    this.#channels = new Channels(connection);
    this.#media = new MediaEcho(connection);
    this.#peersTrickle = trickle;
    if (trickle) connection.onicecandidate = ({ candidate }) => this.#notify('candidate', candidate);
    connection.addEventListener('path', (event) => {
      const { path, previous, state, why } = event as PathEvent;
      this.#note(`path ${path} ${previous ?? 'new'} → ${state}: ${why}`);
    });
    connection.addEventListener('steered', (event) => {
      const { path, ms } = event as SteeredEvent;
      this.#note(`steered to ${path} in ${Math.round(ms)} ms`);
    });
    connection.addEventListener('fault', (event) => {
      const { layer, code, message } = (event as FaultEvent).fault;
      this.#note(`fault ${layer} ${code}: ${message}`);
    });
    connection.addEventListener('connectionstatechange', () => this.#note(`connection ${connection.connectionState}`));
    if (media) for (const kind of ['audio', 'video'] as const) connection.addTrack(kind, ['echo']);
  }

  async offer(): Promise<string> {
    const connection = this.#open;
    connection.createDataChannel('first');
    await connection.setLocalDescription(await connection.createOffer());
    return this.#described();
  }

  async answer(sdp: string): Promise<string> {
    const connection = this.#open;
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    return this.#described();
  }

  acceptAnswer(sdp: string): Promise<void> {
    return this.#open.setRemoteDescription({ type: 'answer', sdp });
  }

  addCandidate(candidate: IceCandidateInit | null): Promise<void> {
    return this.#open.addIceCandidate(candidate);
  }

  connected(): Promise<void> {
    return this.#open.connected();
  }

  /** Addresses, or names, of our candidates. */
  ownAddresses(): string[] {
    const lines = this.#open.localDescription?.sdp.match(/^a=candidate:.*$/gm) ?? [];
    return lines.map((line) => line.split(' ')[4]);
  }

  echo({ label, sizes }: { label: string; sizes: number[] }): Promise<{ ok: boolean; compared: number }> {
    return this.#channelsOpen.echo(label, sizes);
  }

  transfer(options: TransferOptions): Promise<TransferResult> {
    return this.#channelsOpen.transfer(options);
  }

  refusal({ label, bytes }: { label: string; bytes: number }): Promise<string | undefined> {
    return this.#channelsOpen.refusal(label, bytes);
  }

  openChannels: ExchangeSide['openChannels'] = (what) => this.#channelsOpen.exchange.openChannels(what);
  sendMessages: ExchangeSide['sendMessages'] = (what) => this.#channelsOpen.exchange.sendMessages(what);
  progress: ExchangeSide['progress'] = (what) => this.#channelsOpen.exchange.progress(what);
  taken: ExchangeSide['taken'] = (what) => this.#channelsOpen.exchange.taken(what);
  closeChannels: ExchangeSide['closeChannels'] = (what) => this.#channelsOpen.exchange.closeChannels(what);

  configure(config: Partial<MultipathConfig>): void {
    this.#open.enableMultipath(config);
  }

  steer(path: number): boolean {
    this.#note(`asked to steer to ${path}`);
    return this.#open.steer(path);
  }

  /** From now on pauses count, of probes and of media. */
  watchGap(): void {
    this.#note('watching');
    for (const probe of this.#channelsOpen.probes.values()) probe.watchGap();
    this.#media?.watchGap();
  }

  stopProbe(label: string): void {
    this.#channelsOpen.probes.get(label)?.stop();
  }

  probeReport(label: string): unknown {
    return this.#channelsOpen.probes.get(label)?.report();
  }

  media(): unknown {
    return this.#media?.report();
  }

  stats(): unknown {
    return this.#open.getMultipathStats();
  }

  log(): PathLogEntry[] {
    return this.#log;
  }

  async close(): Promise<void> {
    this.#channels?.stop();
    await this.#connection?.close();
    this.#connection = undefined;
  }

  get #open(): PeerConnection {
    if (this.#connection === undefined) throw new Error('there is no connection');
    return this.#connection;
  }

  get #channelsOpen(): Channels {
    if (this.#channels === undefined) throw new Error('there is no connection');
    return this.#channels;
  }

  /** The local description: at once where candidates trickle, else when they are all in it. */
  async #described(): Promise<string> {
    const connection = this.#open;
    if (!this.#peersTrickle && connection.iceGatheringState !== 'complete') {
      await new Promise<void>((resolve) => {
        connection.addEventListener('icegatheringstatechange', () => {
          if (connection.iceGatheringState === 'complete') resolve();
        });
      });
    }
    return connection.localDescription?.sdp ?? '';
  }

  #note(what: string): void {
    this.#log.push({ at: Math.round(performance.now() - this.#startedAt), what });
  }
}
