/**
 * What `interop/peers/<peer>.ts` exports: `export const run: RunPeer`. It brings up the other stack, runs its cases and
 * leaves nothing running behind. Where nothing at all can be run the answer is the reason alone. It throws `UsageError` for
 * a case that there is not.
 */
export type RunPeer = (context: InteropContext) => Promise<InteropResult | { readonly unavailable: string }>;

/** What a peer is run with. */
export interface InteropContext {
  /** Cases asked for by name (`--case`); empty: all. */
  readonly cases: readonly string[];
  /** Moves less (`--quick`), for a machine that checks every change. */
  readonly quick: boolean;
  /** Tells people what goes on; never on standard output when JSON was asked for. */
  say(text: string): void;
}

/** One line of `interop --json`. */
export interface InteropResult {
  readonly peer: string;
  readonly version: string;
  /** Whether every case is. */
  readonly ok: boolean;
  readonly cases: readonly InteropCase[];
  /** Why cases that were asked for could not be run; those that could are in `cases`. */
  readonly unavailable?: string;
}

export interface InteropCase {
  readonly name: string;
  readonly ok: boolean;
  /** Measured numbers by name, with the unit in the name. */
  readonly figures: Readonly<Record<string, number>>;
  /** What went wrong, or what a reader has to know; empty when there is nothing to say. */
  readonly note: string;
}
