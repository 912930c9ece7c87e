import { StreamKeystream } from './kernel/keystream.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SentPrints } from './sent-prints.ts';
import type { StreamState } from './state.ts';

/** What is kept of one stream. */
export class Stream {
  readonly window: ReplayWindow;
  readonly keystream = new StreamKeystream();
  /** Of a stream that is sent. */
  sent: SentPrints | undefined = undefined;

  constructor(windowSize: number) {
    this.window = new ReplayWindow(windowSize);
  }
}

/**
 * The streams of one kind (SRTP, or SRTCP), by SSRC, bounded. A stream is entered when its first
 * packet has been authenticated, and stays: to forget what was seen would be to accept it again, and to forget what was
 * sent would be to use a keystream twice.
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
    return [...this.#streams].map(([ssrc, { window }]) => ({ ssrc: ssrc >>> 0, nextIndex: window.highest + 1 }));
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
}
