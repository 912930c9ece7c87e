import { LOSS_WINDOW } from './path-snapshot.ts';

/** How many of the last {@link LOSS_WINDOW} decided checks were lost. */
export class LossWindow {
  readonly #lost = new Uint8Array(LOSS_WINDOW);
  #next = 0;
  /** Checks in the window. */
  count = 0;
  /** Lost ones among them. */
  lostCount = 0;

  record(lost: boolean): void {
    const value = lost ? 1 : 0;
    if (this.count === LOSS_WINDOW) this.lostCount -= this.#lost[this.#next];
    else this.count++;
    this.#lost[this.#next] = value;
    this.lostCount += value;
    this.#next = (this.#next + 1) % LOSS_WINDOW;
  }

  /** Starts over: what was lost while the path was down says nothing of it now. */
  reset(): void {
    this.#lost.fill(0);
    this.#next = 0;
    this.count = 0;
    this.lostCount = 0;
  }

  /** 0 to 1; 0 while nothing is decided. */
  get ratio(): number {
    return this.count === 0 ? 0 : this.lostCount / this.count;
  }
}
