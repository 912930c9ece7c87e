import { createHash } from 'node:crypto';
import { ConnectionError, type DataChannel, type MessageData, type PeerConnection } from '@hawser/node';
import { ChannelExchange } from '../../exchange/side.js';
import { pattern } from './pattern.ts';
import { Probe } from './probe.ts';

/** A run of bytes on a channel of its own. */
export interface TransferOptions {
  label: string;
  bytes: number;
  messageBytes: number;
  /** Milliseconds from one message to the next; 0: as fast as they go. */
  paceMs?: number;
}

export interface TransferResult {
  /** Everything came, unchanged. */
  ok: boolean;
  seconds: number;
  bytes: number;
}

/** The data channels of the Hawser side: every channel of the page is echoed, measured or taken in, by its label. */
export class Channels {
  readonly probes = new Map<string, Probe>();
  readonly exchange: ChannelExchange<DataChannel>;
  readonly #connection: PeerConnection;

  constructor(connection: PeerConnection) {
    this.#connection = connection;
    this.exchange = new ChannelExchange({
      createChannel: (label, options) => connection.createDataChannel(label, options),
      newDigest: streamedDigest,
      room: (channel) => channel.ready(),
    });
    connection.ondatachannel = ({ channel }) => this.#adopt(channel);
  }

  /** Sends messages of `sizes` bytes, as bytes and as text, on a new channel; how many came back unchanged. */
  async echo(label: string, sizes: readonly number[]): Promise<{ ok: boolean; compared: number }> {
    const channel = await this.#open(label);
    let compared = 0;
    for (const size of sizes) {
      const bytes = pattern(size, size + 1);
      const text = 'ü'.repeat(size >> 1);
      if (!sameBytes(bytes, await ask(channel, bytes))) return { ok: false, compared };
      if (text !== (await ask(channel, text))) return { ok: false, compared: compared + 1 };
      compared += 2;
    }
    channel.close();
    return { ok: true, compared };
  }

  /** Sends `bytes` in messages of `messageBytes`, one each `paceMs`, and compares the digest of what the page got. */
  async transfer({ label, bytes, messageBytes, paceMs = 0 }: TransferOptions): Promise<TransferResult> {
    const channel = await this.#open(label);
    const whole = pattern(bytes, 7);
    const startedAt = performance.now();
    for (let at = 0; at < bytes; at += messageBytes) {
      await channel.ready();
      channel.send(whole.subarray(at, Math.min(at + messageBytes, bytes)));
      if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
    const report = JSON.parse(String(await ask(channel, 'end'))) as { bytes: number; sha256: string };
    const seconds = (performance.now() - startedAt) / 1000;
    const sha256 = createHash('sha256').update(whole).digest('hex');
    return { ok: report.bytes === bytes && report.sha256 === sha256, seconds, bytes: report.bytes };
  }

  /** Sends a message of `bytes`; the code of the error that refuses it, or undefined when nothing does. */
  async refusal(label: string, bytes: number): Promise<string | undefined> {
    const channel = await this.#open(label);
    try {
      channel.send(new Uint8Array(bytes));
      return undefined;
    } catch (error) {
      return error instanceof ConnectionError ? error.code : String(error);
    } finally {
      channel.close();
    }
  }

  stop(): void {
    for (const probe of this.probes.values()) probe.stop();
  }

  async #open(label: string): Promise<DataChannel> {
    const channel = this.#connection.createDataChannel(label);
    await channel.opened();
    return channel;
  }

  #adopt(channel: DataChannel): void {
    if (ChannelExchange.takes(channel.label)) this.exchange.adopt(channel);
    else if (channel.label.startsWith('probe')) this.probes.set(channel.label, new Probe(channel));
    else if (channel.label.startsWith('sink')) takeIn(channel);
    else channel.onmessage = ({ data }) => channel.send(data);
  }
}

/** SHA-256 as it goes. */
export function streamedDigest(): { update(bytes: Uint8Array): unknown; hex(): string } {
  const digest = createHash('sha256');
  return { update: (bytes) => digest.update(bytes), hex: () => digest.digest('hex') };
}

/** Sends a message and waits for the next one. */
function ask(channel: DataChannel, message: string | Uint8Array): Promise<MessageData> {
  const answer = new Promise<MessageData>((resolve, reject) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.onclose = () => reject(new Error('the channel closed'));
  });
  channel.send(message);
  return answer;
}

/** Takes bytes until a text says that was all; answers with their number and digest. */
function takeIn(channel: DataChannel): void {
  const digest = createHash('sha256');
  let bytes = 0;
  channel.onmessage = ({ data }) => {
    if (typeof data === 'string') {
      channel.send(JSON.stringify({ bytes, sha256: digest.digest('hex') }));
      return;
    }
    digest.update(new Uint8Array(data));
    bytes += data.byteLength;
  };
}

function sameBytes(sent: Uint8Array, back: MessageData): boolean {
  return typeof back !== 'string' && Buffer.compare(sent, new Uint8Array(back)) === 0;
}
