import type { SeededRandom } from './seeded-random.ts';

/**
 * Losses in bursts (Gilbert and Elliott): the link is good or bad, changes between them with these chances before every
 * packet, and loses with one chance in each.
 *
 * Long-run loss: (goodToBad · lossInBad + badToGood · lossInGood) / (goodToBad + badToGood).
 * Mean burst: 1 / badToGood packets.
 */
export interface GilbertElliott {
  readonly goodToBad: number;
  readonly badToGood: number;
  /** Default 0. */
  readonly lossInGood?: number;
  /** Default 1. */
  readonly lossInBad?: number;
}

/** The chance of losing a packet, 0 to 1, independent for each; or bursts. */
export type LossModel = number | GilbertElliott;

/** Decides packet by packet. */
export class LossProcess {
  readonly #random: SeededRandom;
  #bad = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Whether the next packet is lost. Draws twice whatever the model, so that changing it shifts nothing else. */
  loses(model: LossModel): boolean {
    const change = this.#random.nextUnit();
    const loss = this.#random.nextUnit();
    if (typeof model === 'number') return loss < model;
    if (change < (this.#bad ? model.badToGood : model.goodToBad)) this.#bad = !this.#bad;
    return loss < (this.#bad ? (model.lossInBad ?? 1) : (model.lossInGood ?? 0));
  }
}
