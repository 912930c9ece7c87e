import type { BlockCipher } from '../crypto.ts';
import { writeCounterModeIv, writeGcmIv } from '../initial-vector.ts';
import { COUNTERS, KEYSTREAM_BYTES, KEYSTREAM_SLOTS, type Kernel, STREAMS, TEMPLATE } from './kernel.ts';

/** What makes keystream: a cipher and a salt under one session key. */
export interface KeystreamSource {
  readonly cipher: BlockCipher;
  readonly salt: Uint8Array;
  readonly mode: 'counter' | 'gcm';
}

/** Keystream of consecutive packets, `blocks` of 16 bytes for each. */
class Batch {
  source: KeystreamSource | undefined = undefined;
  ssrc = 0;
  first = 0;
  packets = 0;
  blocks = 0;
  /** Packets that took their keystream from it. */
  hits = 0;
  slot = 0;

  holds(source: KeystreamSource, ssrc: number, index: number, blocks: number): boolean {
    return (
      this.source === source &&
      this.ssrc === ssrc &&
      index >= this.first &&
      index < this.first + this.packets &&
      blocks <= this.blocks
    );
  }

  /** Whether a batch that starts at `index` would go on where this one ends. */
  leadsTo(source: KeystreamSource, ssrc: number, index: number): boolean {
    const end = this.first + this.packets;
    return this.source === source && this.ssrc === ssrc && index >= end && index <= end + this.packets;
  }
}

/**
 * The keystream of one stream. Two batches: packets of a slow path keep theirs while a fast path's run ahead, and packets that
 * are a little late find the batch before.
 */
export class StreamKeystream {
  readonly a = new Batch();
  readonly b = new Batch();
  last = this.a;
  /** Most blocks that a packet has wanted since the last batch was made. */
  wanted = 0;
}

/**
 * AES keystream made ahead, for many packets by one call into OpenSSL: the call costs as much as a hundred blocks. Batches lie
 * in the kernels' memory, in a fixed number of places that all streams of the thread share; the one not used for longest gives
 * way.
 *
 * A batch is twice as long as the one it continues, up to what fits, if at least half of that was used: what a stream's first
 * packets, packets far from all others (forged ones too) and streams whose batches are displaced need is made for them alone.
 */
export class KeystreamCache {
  readonly kernel: Kernel;
  readonly #owners: (Batch | undefined)[] = new Array(KEYSTREAM_SLOTS).fill(undefined);
  readonly #used = new Uint8Array(KEYSTREAM_SLOTS);
  readonly #template: Uint8Array;
  /** Views of the first n counter blocks, made once each. */
  readonly #counters: Uint8Array[] = new Array(MAX_BLOCKS + 1);
  #hand = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#template = kernel.bytes.subarray(TEMPLATE, TEMPLATE + 16);
  }

  /**
   * Where `blocks` blocks of the keystream of packet `index` are: valid until the next call.
   *
   * @param blocks 1 to 1 536
   */
  find(stream: StreamKeystream, source: KeystreamSource, ssrc: number, index: number, blocks: number): number {
    if (blocks > stream.wanted) stream.wanted = blocks;
    let batch = stream.last;
    if (!batch.holds(source, ssrc, index, blocks) || this.#owners[batch.slot] !== batch) {
      batch = batch === stream.a ? stream.b : stream.a;
      if (!batch.holds(source, ssrc, index, blocks) || this.#owners[batch.slot] !== batch) {
        this.#make(stream, batch, source, ssrc, index, blocks);
      }
      stream.last = batch;
    }
    batch.hits++;
    this.#used[batch.slot] = 1;
    return STREAMS + batch.slot * KEYSTREAM_BYTES + 16 * batch.blocks * (index - batch.first);
  }

  #make(
    stream: StreamKeystream,
    into: Batch,
    source: KeystreamSource,
    ssrc: number,
    index: number,
    blocks: number,
  ): void {
    const { last } = stream;
    const before = last.leadsTo(source, ssrc, index) ? last : into.leadsTo(source, ssrc, index) ? into : undefined;
    let [packets, perPacket] = [1, blocks];
    if (before !== undefined) {
      perPacket = stream.wanted;
      packets = Math.max(
        1,
        Math.min(
          lengthAfter(before, this.#owners[before.slot] === before),
          Math.floor(MAX_BLOCKS / perPacket),
          MAX_PACKETS,
        ),
      );
    }
    stream.wanted = blocks;
    if (this.#owners[into.slot] !== into) this.#take(into);
    into.source = source;
    into.ssrc = ssrc;
    into.first = index;
    into.packets = packets;
    into.blocks = perPacket;
    into.hits = 0;
    const isGcm = source.mode === 'gcm';
    if (isGcm) {
      writeGcmIv(this.#template, source.salt, ssrc, 0);
      this.kernel.putWord(TEMPLATE + 12, 0);
    } else {
      writeCounterModeIv(this.#template, source.salt, ssrc, 0);
    }
    const high = Math.floor(index / 0x1_0000_0000);
    const total = packets * perPacket;
    // RFC 3711 4.1.1 and RFC 7714 8.1: where the index stands in a block, and from what the blocks are counted.
    this.kernel.counterMode.counters(
      COUNTERS,
      TEMPLATE,
      high,
      index | 0,
      isGcm ? 32 : 16,
      isGcm ? 1 : 0,
      packets,
      perPacket,
    );
    let view = this.#counters[total];
    if (view === undefined) {
      view = this.kernel.bytes.subarray(COUNTERS, COUNTERS + 16 * total);
      this.#counters[total] = view;
    }
    this.kernel.bytes.set(source.cipher.encrypt(view), STREAMS + into.slot * KEYSTREAM_BYTES);
  }

  /** The next place that has not been used since it was last looked at. */
  #take(batch: Batch): void {
    while (this.#used[this.#hand] !== 0) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % KEYSTREAM_SLOTS;
    }
    this.#owners[this.#hand] = batch;
    batch.slot = this.#hand;
    this.#used[this.#hand] = 1;
    this.#hand = (this.#hand + 1) % KEYSTREAM_SLOTS;
  }
}

/**
 * How many packets the batch that continues `before` should be for.
 *
 * @param isKept whether `before` still has its place: another may have taken it before it was used up
 */
function lengthAfter({ hits, packets }: Batch, isKept: boolean): number {
  if (!isKept && hits < packets) return packets >>> 1;
  return 2 * hits >= packets ? 2 * packets : 2 * hits;
}

const MAX_BLOCKS = KEYSTREAM_BYTES / 16;
const MAX_PACKETS = 64;
