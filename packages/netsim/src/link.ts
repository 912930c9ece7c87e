import type { Pipe, PipeConfig } from './pipe.ts';

/** Both directions of a link, each from the end named first: `aToB` from the first that was named. */
export class Link<P extends { readonly bytes: Uint8Array }> {
  readonly aToB: Pipe<P>;
  readonly bToA: Pipe<P>;

  constructor(aToB: Pipe<P>, bToA: Pipe<P>) {
    this.aToB = aToB;
    this.bToA = bToA;
  }

  /** Changes both directions; see {@link Pipe.update}. */
  update(config: PipeConfig): void {
    this.aToB.update(config);
    this.bToA.update(config);
  }

  /** Loses everything, both ways, without a word; see {@link Pipe.cut}. */
  cut(): void {
    this.aToB.cut();
    this.bToA.cut();
  }

  /** As `cut`, but sending is answered with an error. */
  down(): void {
    this.aToB.down();
    this.bToA.down();
  }

  restore(): void {
    this.aToB.restore();
    this.bToA.restore();
  }
}

/** The same both ways, unless `back` (towards the end named first) says otherwise. */
export interface LinkConfig extends PipeConfig {
  readonly back?: PipeConfig;
}

/** The two directions of a {@link LinkConfig}. */
export function linkDirections(config: LinkConfig): { readonly there: PipeConfig; readonly back: PipeConfig } {
  const { back, ...there } = config;
  return { there, back: { ...there, ...back } };
}
