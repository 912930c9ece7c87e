import { SrtpError } from './errors.ts';
import { StreamKeystream } from './kernel/keystream.ts';
import { estimateIndex } from './packet-index.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SentPrints } from './sent-prints.ts';
import type { StreamState } from './state.ts';

/** What is kept of one stream. */
export class Stream {
  readonly window: ReplayWindow;
  readonly keystream = new StreamKeystream();
  /** Of a stream that is sent. */
  sent: SentPrints | undefined = undefined;
  /** The rollover counter of the next packet, when it was told; -1: it is estimated. */
  rolloverCounter = -1;

  constructor(windowSize: number) {
    this.window = new ReplayWindow(windowSize);
  }

  /** The index of the packet with this sequence number. */
  indexOf(sequence: number): number {
    return this.rolloverCounter < 0
      ? estimateIndex(this.window.highest, sequence)
      : this.rolloverCounter * 0x10000 + sequence;
  }
}

/**
 * The streams of one kind (SRTP, or SRTCP), by SSRC, bounded. A stream is entered when its first packet has been authenticated,
 * and stays: to forget what was seen would be to accept it again, and to forget what was sent would be to use a keystream
 * twice.
 */
export class StreamTable {
  readonly #streams = new Map<number, Stream>();
  readonly #windowSize: number;
  readonly #capacity: number;
  /** Packets come in runs of one SSRC: the last one found is tried first. */
  #lastKey = 0;
  #lastStream: Stream | undefined;
  /** Kept for the next new stream, so that forged SSRCs cost no memory. */
  #spare: Stream;

  constructor(windowSize: number, capacity: number) {
    this.#windowSize = windowSize;
    this.#capacity = capacity;
    this.#spare = new Stream(windowSize);
  }

  /** Streams entered. */
  get size(): number {
    return this.#streams.size;
  }

  /** What is known of each stream, to continue it elsewhere. */
  states(): StreamState[] {
    return [...this.#streams].map(([ssrc, { rolloverCounter, window }]) => {
      const state = { ssrc: ssrc >>> 0, nextIndex: window.highest + 1 };
      return rolloverCounter < 0 ? state : { ...state, rolloverCounter };
    });
  }

  /** The stream of `ssrc`; an empty one, to be given to `enter`, when the stream is new; undefined when there is no room. */
  find(ssrc: number): Stream | undefined {
    // As a signed number an SSRC is a small integer to V8, and looking it up allocates nothing.
    const key = ssrc | 0;
    if (this.#lastStream !== undefined && key === this.#lastKey) return this.#lastStream;
    const known = this.#streams.get(key);
    if (known === undefined) return this.#streams.size < this.#capacity ? this.#spare : undefined;
    this.#lastKey = key;
    this.#lastStream = known;
    return known;
  }

  /** Keeps the stream that `find` answered for `ssrc`, when it is not kept yet. */
  enter(ssrc: number, stream: Stream): void {
    if (stream !== this.#spare) return;
    this.#streams.set(ssrc | 0, stream);
    this.#spare = new Stream(this.#windowSize);
  }

  /**
   * Continues a stream: everything before `nextIndex` counts as seen.
   *
   * Errors: `out-of-range`, also when it would go back or there is no room.
   */
  resume({ nextIndex, rolloverCounter, ssrc }: StreamState, mostIndex: number): void {
    const stream = this.#needed(ssrc);
    const { window } = stream;
    if (!Number.isInteger(nextIndex) || nextIndex <= window.highest || nextIndex > mostIndex) {
      throw new SrtpError('out-of-range', `index ${nextIndex} is not above ${window.highest} and at most ${mostIndex}`);
    }
    this.enter(ssrc, stream);
    stream.rolloverCounter = -1;
    window.startAt(nextIndex);
    if (rolloverCounter !== undefined) this.setRolloverCounter(ssrc, rolloverCounter);
  }

  /** The next packet of the stream has this rollover counter. Errors: as `resume`. */
  setRolloverCounter(ssrc: number, rolloverCounter: number): void {
    const stream = this.#needed(ssrc);
    const least = Math.max(0, Math.floor(stream.window.highest / 0x10000));
    if (!Number.isInteger(rolloverCounter) || rolloverCounter < least || rolloverCounter > 0xffffffff) {
      throw new SrtpError('out-of-range', `rollover counter ${rolloverCounter} is not from ${least} to 2^32 - 1`);
    }
    this.enter(ssrc, stream);
    stream.rolloverCounter = rolloverCounter;
  }

  #needed(ssrc: number): Stream {
    const stream = this.find(ssrc);
    if (stream === undefined) throw new SrtpError('out-of-range', 'maxSsrcs are in use');
    return stream;
  }
}
