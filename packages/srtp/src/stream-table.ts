import { ReplayWindow } from './replay-window.ts';

/**
 * The replay windows of the streams of one kind (SRTP, or SRTCP), by SSRC, bounded. A stream is entered when its first
 * packet has been authenticated, and stays: to forget what was seen would be to accept it again, and to forget what was
 * sent would be to use a keystream twice.
 */
export class StreamTable {
  readonly #windows = new Map<number, ReplayWindow>();
  readonly #windowSize: number;
  readonly #capacity: number;
  /** Packets come in runs of one SSRC: the last one found is tried first. */
  #lastKey = 0;
  #lastWindow: ReplayWindow | undefined;
  /** Kept for the next new stream, so that forged SSRCs cost no memory. */
  #spare: ReplayWindow;

  constructor(windowSize: number, capacity: number) {
    this.#windowSize = windowSize;
    this.#capacity = capacity;
    this.#spare = new ReplayWindow(windowSize);
  }

  /** Streams entered. */
  get size(): number {
    return this.#windows.size;
  }

  /** The window of `ssrc`; an empty one, to be given to `enter`, when the stream is new; undefined when there is no room. */
  find(ssrc: number): ReplayWindow | undefined {
    // As a signed number an SSRC is a small integer to V8, and looking it up allocates nothing.
    const key = ssrc | 0;
    if (this.#lastWindow !== undefined && key === this.#lastKey) return this.#lastWindow;
    const known = this.#windows.get(key);
    if (known === undefined) return this.#windows.size < this.#capacity ? this.#spare : undefined;
    this.#lastKey = key;
    this.#lastWindow = known;
    return known;
  }

  /** Keeps the window that `find` answered for `ssrc`, when it is not kept yet. */
  enter(ssrc: number, window: ReplayWindow): void {
    if (window !== this.#spare) return;
    this.#windows.set(ssrc | 0, window);
    this.#spare = new ReplayWindow(this.#windowSize);
  }
}
