/**
 * What `packages/<name>/test/fuzz/targets.ts` exports: `export const fuzzTargets: FuzzTarget[]`.
 *
 * A target takes any bytes as a peer might have sent them. It must not throw; what it returns is only counted.
 */
export interface FuzzTarget {
  /** What `npm run fuzz -- <name>` asks for, for example `stun` or `dtls-record`. */
  readonly name: string;
  /** Feeds the bytes and says what became of them: the name of a verdict, or any short word. May keep the bytes no longer. */
  run(bytes: Uint8Array): string;
  /** Well-formed inputs to mutate from, beside the corpus. */
  readonly seeds?: readonly Uint8Array[];
}

/** What `fuzz --json` prints. */
export interface FuzzResult {
  readonly target: string;
  /** Inputs replayed: files of the corpus and seeds of the target. */
  readonly inputs: number;
  /** Inputs run in all, mutations included. */
  readonly executions: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly threw: number;
  readonly slowestMs: number;
  /** The most heap and array-buffer memory seen above what was used before the first input. */
  readonly peakBytes: number;
}
