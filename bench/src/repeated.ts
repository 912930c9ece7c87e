/**
 * A measurement that takes seconds and gives several figures: each figure is a row of its own, and the rows share the runs. The
 * n-th value of every figure is of the n-th run.
 */
export class Repeated<T> {
  readonly #run: () => Promise<T>;
  readonly #runs: Promise<T>[] = [];

  constructor(run: () => Promise<T>) {
    this.#run = run;
  }

  /** A figure of the run, as `measure` of a case wants it. */
  figure(pick: (run: T) => number): () => Promise<number> {
    let taken = 0;
    return async () => {
      const at = taken++;
      if (at === this.#runs.length) this.#runs.push(this.#run());
      return pick(await this.#runs[at]);
    };
  }
}
