// One side of an exchange of messages over channels like W3C's RTCDataChannel: pages import it, and so do the processes of
// Hawser and of werift. What differs between them is handed in. The other stacks have the same functions in their language;
// what each does is said in side.d.ts.

/** Bytes after which the block of pseudo-random bytes begins again: a prime, so that no two messages near by are alike. */
export const BLOCK_BYTES = 65_537;
/** How far the content of a message is from that of the one before, in the block. */
const STEP = 251;

let block;

/** The block twice, so that every message is one piece of it: the low octets of xorshift32 from 7. */
function doubledBlock() {
  if (block !== undefined) return block;
  block = new Uint8Array(2 * BLOCK_BYTES);
  let x = 7;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    block[i] = x;
  }
  block.copyWithin(BLOCK_BYTES, 0, BLOCK_BYTES);
  return block;
}

export function messageOf(number, bytes) {
  const at = (number * STEP) % BLOCK_BYTES;
  const message = doubledBlock().slice(at, at + bytes);
  for (let i = 0; i < 4; i++) message[i] = number >>> (24 - 8 * i);
  return message;
}

export class ChannelExchange {
  #createChannel;
  #newDigest;
  #room;
  #channels = new Map();
  #takers = new Map();

  constructor({ createChannel, newDigest, room }) {
    this.#createChannel = createChannel;
    this.#newDigest = newDigest;
    this.#room = room;
  }

  static takes(label) {
    return label.startsWith('take');
  }

  adopt(channel) {
    this.#track(channel);
    const taker = { messages: 0, shortest: Infinity, longest: 0, bytes: 0, numbers: [], firstAt: 0, lastAt: 0 };
    taker.digest = this.#newDigest();
    this.#takers.set(channel.label, taker);
    channel.onmessage = ({ data }) => {
      // Taken, and forgotten.
      if (this.#takers.get(channel.label) !== taker) return;
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
      taker.lastAt = performance.now();
      if (taker.messages++ === 0) taker.firstAt = taker.lastAt;
      taker.bytes += bytes.length;
      taker.shortest = Math.min(taker.shortest, bytes.length);
      taker.longest = Math.max(taker.longest, bytes.length);
      taker.numbers.push(((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0);
      taker.digest.update(bytes);
    };
  }

  openChannels({ labels, options }) {
    return Promise.all(
      labels.map(async (label) => {
        const channel = this.#createChannel(label, options);
        const tracked = this.#track(channel);
        if (channel.readyState !== 'open') {
          await new Promise((resolve, reject) => {
            channel.onopen = resolve;
            tracked.onclosed = () => reject(new Error(`${label} closed before it was open`));
          });
        }
        return channel.id;
      }),
    );
  }

  async sendMessages({ labels, count, bytes, paceMs, bounded }) {
    for (let number = 0; number < count; number++) {
      for (const label of labels) {
        const { channel } = this.#channels.get(label);
        try {
          if (bounded) await this.#room(channel);
          if (channel.readyState !== 'open') return { sent: number, stopped: channel.readyState };
          channel.send(messageOf(number, bytes));
        } catch (error) {
          return { sent: number, stopped: String(error) };
        }
      }
      if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
    return { sent: count, stopped: '' };
  }

  async progress({ prefix }) {
    const found = { channels: 0, closed: 0, messages: 0 };
    for (const [label, { closed }] of this.#channels) {
      if (!label.startsWith(prefix)) continue;
      found.channels++;
      if (closed) found.closed++;
      found.messages += this.#takers.get(label)?.messages ?? 0;
    }
    return found;
  }

  async taken({ label, numbers }) {
    const taker = this.#takers.get(label);
    if (taker === undefined) throw new Error(`no channel ${label} came`);
    const { messages, bytes, shortest, longest, firstAt, lastAt, digest } = taker;
    this.#takers.delete(label);
    return {
      messages,
      bytes,
      shortest: messages === 0 ? 0 : shortest,
      longest,
      seconds: (lastAt - firstAt) / 1000,
      sha256: await digest.hex(),
      numbers: numbers ? taker.numbers : [],
    };
  }

  async closeChannels({ labels }) {
    await Promise.all(
      labels.map((label) => {
        const tracked = this.#channels.get(label);
        if (tracked.closed) return undefined;
        const closed = new Promise((resolve) => {
          tracked.onclosed = resolve;
        });
        tracked.channel.close();
        return closed;
      }),
    );
  }

  #track(channel) {
    const tracked = { channel, closed: false, onclosed: undefined };
    channel.onclose = () => {
      tracked.closed = true;
      tracked.onclosed?.();
    };
    this.#channels.set(channel.label, tracked);
    return tracked;
  }
}
