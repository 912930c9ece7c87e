import { createHash } from 'node:crypto';
import type { ChannelMessageEvent, DataChannel } from '@hawser/node';

export const TRANSFER_BYTES = 20_000_000;
const CHUNK_BYTES = 16_384;

/** What one end of the transfer knows. */
export interface TransferReport {
  bytes: number;
  sha256: string;
}

/**
 * Sends 20 MB of pseudo-random bytes as fast as the channel takes them, and resolves when the last has left.
 *
 * @returns what was sent, and how long it took
 */
export async function sendTransfer(channel: DataChannel): Promise<TransferReport & { seconds: number }> {
  const hash = createHash('sha256');
  const startedAt = performance.now();
  let seed = 1;
  for (let sent = 0; sent < TRANSFER_BYTES; ) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, TRANSFER_BYTES - sent));
    const words = new Uint32Array(chunk.buffer, 0, chunk.length >>> 2);
    for (let i = 0; i < words.length; i++) {
      // xorshift32: enough that a misplaced or repeated chunk changes the hash.
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      words[i] = seed;
    }
    hash.update(chunk);
    await channel.ready();
    channel.send(chunk);
    sent += chunk.length;
  }
  await channel.drained();
  return { bytes: TRANSFER_BYTES, sha256: hash.digest('hex'), seconds: (performance.now() - startedAt) / 1000 };
}

/** Takes a transfer in. */
export class TransferReceiver {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(channel: DataChannel) {
    channel.addEventListener('message', (event) => {
      const chunk = new Uint8Array((event as ChannelMessageEvent).data as ArrayBuffer);
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    });
  }

  report(): TransferReport {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }
}
