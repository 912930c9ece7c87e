import { numberIn } from '../errors.ts';

/** Options of every window controller of this package. */
export interface WindowConfig {
  /** First window, packets, 1 to 100. Default 10, at most 14 720 bytes unless given (RFC 6928 2, RFC 9002 7.2). */
  readonly initialPackets?: number;
  /** The window never grows beyond, bytes. Default 64 MiB: 5 Gbit/s at 100 ms. */
  readonly maxWindowBytes?: number;
  /**
   * Whether packets leave at `pacingBps`. Then an acknowledgement of many packets may open the window by all of them; else by
   * eight at most, to bound the burst that follows (L of RFC 9406 4.3). Default false.
   */
  readonly paced?: boolean;
  /** End slow start by the round-trip time (RFC 9406). Default true; works only where `handleRtt` is called. */
  readonly hystart?: boolean;
}

export interface WindowSettings {
  readonly initialPackets: number;
  readonly initialLimitBytes: number;
  readonly maxWindowBytes: number;
  readonly burstPackets: number;
  readonly hystart: boolean;
}

/** Errors: `bad-config`. */
export function windowSettings(config: WindowConfig): WindowSettings {
  return {
    initialPackets: numberIn('initialPackets', config.initialPackets ?? 10, 1, 100),
    initialLimitBytes: config.initialPackets === undefined ? 14_720 : Number.POSITIVE_INFINITY,
    maxWindowBytes: numberIn('maxWindowBytes', config.maxWindowBytes ?? 2 ** 26, 2 ** 17, 2 ** 40),
    burstPackets: config.paced === true ? Number.POSITIVE_INFINITY : 8,
    hystart: config.hystart ?? true,
  };
}
