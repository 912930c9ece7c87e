import { CongestionError, numberIn } from '../errors.ts';

/** Options of {@link GccController}. */
export interface GccConfig {
  /** Rate before anything is known, bit/s. Default 300 000. */
  readonly startBps?: number;
  /** Never less, bit/s. Default 30 000. */
  readonly minBps?: number;
  /** Never more, bit/s. Default 100 000 000. */
  readonly maxBps?: number;
  /** Whether to plan probes. Default true; the caller has to send what `pollProbe` answers. */
  readonly probing?: boolean;
}

/** Counts of a {@link GccController}. */
export interface GccCounters {
  arrived: number;
  missing: number;
  ecnMarked: number;
  reports: number;
  /** Decreases because the delay grew. */
  delayDecreases: number;
  /** Decreases because packets were lost. */
  lossDecreases: number;
  /** Times the rate was halved because reports stayed away. */
  timeouts: number;
  probes: number;
  /** Probes whose result raised the rate. */
  probesRaised: number;
  /** Calls with numbers that cannot be: NaN, no size, sent in the future. */
  ignored: number;
  /** Arrivals of more than was sent. */
  unsent: number;
  /** Arrival times that are none: the packet counts, its delay does not. */
  untimed: number;
}

/** Errors: `bad-config`. */
export function gccSettings(config: GccConfig): Required<GccConfig> {
  const minBps = numberIn('minBps', config.minBps ?? 30_000, 1000, 1e9);
  const maxBps = numberIn('maxBps', config.maxBps ?? 100_000_000, 1000, 1e11);
  if (minBps > maxBps) throw new CongestionError('bad-config', `minBps ${minBps} is above maxBps ${maxBps}`);
  const startBps = config.startBps ?? Math.min(Math.max(300_000, minBps), maxBps);
  return { startBps: numberIn('startBps', startBps, minBps, maxBps), minBps, maxBps, probing: config.probing ?? true };
}
