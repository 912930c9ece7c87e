import type { LossModel, Trace } from '@hawser/netsim';
import type { VariantName } from './variants.ts';

/** One way through the network, the same both ways where `back` says nothing else. Times are of the link alone. */
export interface PathValues {
  readonly name: string;
  /** Round trip without queues, ms: half of it each way. */
  readonly rttMs: number;
  /** Default: no limit. */
  readonly rateBps?: number;
  /** What waits at most before the link, as time at `rateBps`. Default 100 ms. */
  readonly queueMs?: number;
  /** Uniform, each way, without reordering. Default 0. */
  readonly jitterMs?: number;
  /** Each way. Default 0. */
  readonly loss?: LossModel;
  /** The way back, where it differs: `delayMs` is one way. */
  readonly back?: {
    readonly rateBps?: number;
    readonly delayMs?: number;
    readonly loss?: LossModel;
    readonly trace?: Trace;
  };
  /** How the path changes from the start of the traffic on; both directions where `back` has no trace of its own. */
  readonly trace?: Trace;
}

/** What happens to a path, `atMs` after the start of the traffic. */
export type NetworkEvent = {
  readonly atMs: number;
  /** The event comes up to this much later, at a moment of its own for every seed. Default 0. */
  readonly withinMs?: number;
  /** Index of the path; `all` of them. */
  readonly path: number | 'all';
} & (
  | /** Everything is lost, both ways, and nobody is told. */ { readonly what: 'silent' }
  | /** The interface goes down: sending is answered with an error. */ { readonly what: 'error' }
  | { readonly what: 'restore' }
  | { readonly what: 'change'; readonly rateBps?: number; readonly rttMs?: number; readonly loss?: LossModel }
);

/** What the application sends, from the first end to the second. */
export type TrafficValues =
  /** As much as goes, over one reliable, ordered channel in messages of 16 KiB. */
  | { readonly type: 'bulk' }
  /** Messages of one size at one interval over one reliable channel. */
  | {
      readonly type: 'messages';
      readonly bytes: number;
      readonly intervalMs: number;
      /** Default true. */
      readonly ordered?: boolean;
    }
  /** RTP, 50 packets a second of 160 bytes. */
  | { readonly type: 'audio' }
  /** RTP, 25 frames a second at this mean rate; every 50th is a key frame, four times the size of the others. */
  | { readonly type: 'video'; readonly rateBps: number }
  /** RTP, 25 frames a second of one size, which follows what the session tells an encoder, from the least on. */
  | { readonly type: 'adaptive-video'; readonly leastBps: number; readonly mostBps: number };

/** A session of somebody else, with the same configuration, that shares one of the paths. */
export interface OtherValues {
  readonly name: string;
  /** Index of the path. */
  readonly path: number;
  /** Its media goes the other way. Default false. */
  readonly isReverse?: boolean;
  /** What its way is longer, ms. Default 0. */
  readonly extraRttMs?: number;
  readonly traffic: TrafficValues;
  /** When it sends, s after the start. Default: all the time. */
  readonly fromSecond?: number;
  readonly untilSecond?: number;
  /** When it pauses between, s. */
  readonly pause?: readonly [fromSecond: number, untilSecond: number];
}

/** The one number by which ways of scheduling are compared in a scenario. */
export type PrimaryMetric = 'goodputBps' | 'timelyBps' | 'delayP99Ms' | 'gapMs' | 'falseSuspicionsPerHour';

/** An experiment, as plain values. */
export interface MultipathScenario {
  readonly name: string;
  /** What it shows, in one line. */
  readonly why: string;
  readonly primary: PrimaryMetric;
  readonly paths: readonly PathValues[];
  /** One link of all paths behind their own. */
  readonly bottleneck?: { readonly rateBps: number; readonly queueMs: number };
  readonly others?: readonly OtherValues[];
  readonly events?: readonly NetworkEvent[];
  readonly traffic: TrafficValues;
  /** Virtual time of the traffic, s. Default 20. */
  readonly seconds?: number;
  /** The only variants that say something here. Default: those of the run. */
  readonly only?: readonly VariantName[];
  /** Variants that are run even where not all are. */
  readonly also?: readonly VariantName[];
  readonly targets?: readonly ScenarioBound[];
}

/** A bound on a metric over the seeds. */
export interface ScenarioBound {
  /** Default `auto`. */
  readonly variant?: VariantName;
  readonly metric: string;
  readonly of: 'median' | 'min' | 'max' | 'p95' | 'p99';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Which of the two numbers of a primary metric is the better. */
export function isHigherBetter(metric: PrimaryMetric): boolean {
  return metric === 'goodputBps' || metric === 'timelyBps';
}
