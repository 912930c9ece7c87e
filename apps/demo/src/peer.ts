import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerConnectionConfig } from '@hawser/node';
import { type DataChannel, type FaultEvent, type MultipathStats, PeerConnection } from '@hawser/node';
import { MessageFlow } from './workload/messages.ts';
import { RtpFlow } from './workload/rtp.ts';
import { TransferReceiver, type TransferReport } from './workload/transfer.ts';

const CHANNELS = ['messages', 'transfer'];

/** What one half of the demo has seen, as it crosses the signalling pipe. */
export interface HalfReport {
  messages: ReturnType<MessageFlow['report']>;
  rtp: ReturnType<RtpFlow['report']>;
  transfer: TransferReport;
  stats: MultipathStats;
}

/** One half of the demo: a connection, its channels and its media stream. Both halves are the same but for who offers. */
export class DemoPeer {
  readonly connection: PeerConnection;
  readonly isOfferer: boolean;
  /** Set when the connection is lost: what was said of it. */
  lost: string | undefined;
  readonly #channels = new Map<string, DataChannel>();
  #messages: MessageFlow | undefined;
  #transfer: TransferReceiver | undefined;
  #rtp: RtpFlow | undefined;

  constructor(isOfferer: boolean, config: PeerConnectionConfig) {
    this.isOfferer = isOfferer;
    this.connection = new PeerConnection(config);
    this.connection.addEventListener('fault', (event) => {
      const { fault } = event as FaultEvent;
      this.lost ??= `${fault.layer}: ${fault.message} (${fault.code})`;
    });
    this.connection.ondatachannel = ({ channel }) => this.#adopt(channel);
    this.connection.ontrack = ({ transceiver }) => {
      this.#rtp ??= new RtpFlow(transceiver);
    };
  }

  /** The offerer's channels and stream; the answerer gets them from the offer. */
  prepare(): void {
    this.#rtp = new RtpFlow(this.connection.addTransceiver('audio'));
    for (const label of CHANNELS) this.#adopt(this.connection.createDataChannel(label));
  }

  /** The answerer sends too: it adds its track, which the offer's section takes over. */
  prepareAnswer(): void {
    this.#rtp = new RtpFlow(this.connection.addTrack('audio'));
  }

  /** Resolves when the connection and its channels are up. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.connection.connected({ signal });
    // The answerer's channels come from the peer, a moment after the connection.
    while (!CHANNELS.every((label) => this.#channels.has(label))) await sleep(10, undefined, { signal });
    for (const channel of this.#channels.values()) await channel.opened({ signal });
  }

  channel(label: string): DataChannel {
    const channel = this.#channels.get(label);
    if (channel === undefined) throw new Error(`there is no channel ${label}`);
    return channel;
  }

  startFlows(): void {
    this.#messages?.start();
    this.#rtp?.start();
  }

  stopFlows(): void {
    this.#messages?.stop();
    this.#rtp?.stop();
  }

  watchGap(): void {
    this.#messages?.arrivals.watchGap();
    this.#rtp?.arrivals.watchGap();
  }

  endWatch(): void {
    const now = performance.now();
    this.#messages?.arrivals.endWatch(now);
    this.#rtp?.arrivals.endWatch(now);
  }

  report(): HalfReport {
    if (this.#messages === undefined || this.#rtp === undefined || this.#transfer === undefined) {
      throw new Error('the demo has not started');
    }
    return {
      messages: this.#messages.report(),
      rtp: this.#rtp.report(),
      transfer: this.#transfer.report(),
      stats: this.connection.getMultipathStats(),
    };
  }

  #adopt(channel: DataChannel): void {
    this.#channels.set(channel.label, channel);
    if (channel.label === 'messages') this.#messages = new MessageFlow(channel);
    else if (channel.label === 'transfer') this.#transfer = new TransferReceiver(channel);
  }
}
