import { createHash } from 'node:crypto';
import { streamedDigest } from '../chromium/hawser/channels.ts';
import { pattern } from '../chromium/hawser/pattern.ts';
import { ChannelExchange, type ExchangeSide } from '../exchange/side.js';
import type { Werift, WeriftChannel, WeriftConnection } from './werift.ts';

/** Bytes in werift's queue before the transfer waits. */
const HIGH_WATER_BYTES = 500_000;

/** Told of no server it asks a public one (and waits 5 s for it): this one is nobody, and it waits 50 ms. */
const NO_SERVER = { iceServers: [{ urls: 'stun:127.0.0.1:9' }], iceStunGatherTimeout: 0.05 } as const;

/** Bytes in werift's queue before the exchange waits: it slows down with the square of the messages in it. */
const EXCHANGE_HIGH_WATER_BYTES = 16_384;

/** The functions that the run calls on werift's side. */
export class WeriftPeer implements ExchangeSide {
  readonly #werift: Werift;
  #connection: WeriftConnection | undefined;
  #exchange = this.#newExchange();

  openChannels: ExchangeSide['openChannels'] = (what) => this.#exchange.openChannels(what);
  sendMessages: ExchangeSide['sendMessages'] = (what) => this.#exchange.sendMessages(what);
  progress: ExchangeSide['progress'] = (what) => this.#exchange.progress(what);
  taken: ExchangeSide['taken'] = (what) => this.#exchange.taken(what);
  closeChannels: ExchangeSide['closeChannels'] = (what) => this.#exchange.closeChannels(what);

  constructor(werift: Werift) {
    this.#werift = werift;
  }

  create({ loopbackOnly }: { loopbackOnly: boolean }): void {
    const addresses = loopbackOnly ? { iceAdditionalHostAddresses: ['127.0.0.1'] } : {};
    this.#connection = new this.#werift.RTCPeerConnection({ ...NO_SERVER, ...addresses });
    this.#exchange = this.#newExchange();
    this.#connection.ondatachannel = ({ channel }) => {
      if (ChannelExchange.takes(channel.label)) this.#exchange.adopt(channel);
      else adopt(channel);
    };
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

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#open.setRemoteDescription({ type: 'answer', sdp });
  }

  async connected(): Promise<void> {
    const connection = this.#open;
    while (connection.connectionState !== 'connected') {
      if (connection.connectionState === 'failed') throw new Error('the connection failed');
      await new Promise<void>((resolve) => {
        connection.onconnectionstatechange = resolve;
      });
    }
  }

  async echo({ label, sizes }: { label: string; sizes: number[] }): Promise<{ ok: boolean; compared: number }> {
    const channel = await this.#channel(label);
    let compared = 0;
    for (const size of sizes) {
      const bytes = Buffer.from(pattern(size, size + 1));
      const back = await ask(channel, bytes);
      if (typeof back === 'string' || !bytes.equals(back)) return { ok: false, compared };
      const text = 'ü'.repeat(size >> 1);
      if (text !== (await ask(channel, text))) return { ok: false, compared: compared + 1 };
      compared += 2;
    }
    channel.close();
    return { ok: true, compared };
  }

  async transfer({ label, bytes, messageBytes }: { label: string; bytes: number; messageBytes: number }) {
    const channel = await this.#channel(label);
    const whole = Buffer.from(pattern(bytes, 7));
    const startedAt = performance.now();
    for (let at = 0; at < bytes; at += messageBytes) {
      while (channel.bufferedAmount > HIGH_WATER_BYTES) await new Promise((resolve) => setTimeout(resolve, 1));
      channel.send(whole.subarray(at, Math.min(at + messageBytes, bytes)));
    }
    const report = JSON.parse(String(await ask(channel, 'end'))) as { bytes: number; sha256: string };
    const seconds = (performance.now() - startedAt) / 1000;
    const sha256 = createHash('sha256').update(whole).digest('hex');
    return { ok: report.bytes === bytes && report.sha256 === sha256, seconds, bytes: report.bytes };
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  #newExchange(): ChannelExchange<WeriftChannel> {
    return new ChannelExchange({
      createChannel: (label, options) => this.#open.createDataChannel(label, options),
      newDigest: streamedDigest,
      room,
    });
  }

  get #open(): WeriftConnection {
    if (this.#connection === undefined) throw new Error('there is no connection');
    return this.#connection;
  }

  /** The description once it names every candidate. */
  async #described(): Promise<string> {
    const connection = this.#open;
    while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 5));
    return connection.localDescription?.sdp ?? '';
  }

  async #channel(label: string): Promise<WeriftChannel> {
    const channel = this.#open.createDataChannel(label);
    if (channel.readyState === 'open') return channel;
    await new Promise<void>((resolve, reject) => {
      channel.onopen = resolve;
      channel.onclose = () => reject(new Error('the channel closed'));
    });
    return channel;
  }
}

/** Until the queue is short, or the channel closes; werift tells of neither in an event that one could wait for. */
async function room(channel: WeriftChannel): Promise<void> {
  while (channel.bufferedAmount > EXCHANGE_HIGH_WATER_BYTES && channel.readyState === 'open') {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function ask(channel: WeriftChannel, message: string | Buffer): Promise<string | Buffer> {
  return new Promise((resolve, reject) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.onclose = () => reject(new Error('the channel closed'));
    channel.send(message);
  });
}

/** Echoes a channel of the other side, or takes its bytes in until a text says that was all. */
function adopt(channel: WeriftChannel): void {
  if (!channel.label.startsWith('sink')) {
    channel.onmessage = ({ data }) => channel.send(data);
    return;
  }
  const digest = createHash('sha256');
  let bytes = 0;
  channel.onmessage = ({ data }) => {
    if (typeof data === 'string') {
      channel.send(JSON.stringify({ bytes, sha256: digest.digest('hex') }));
      return;
    }
    digest.update(data);
    bytes += data.length;
  };
}
