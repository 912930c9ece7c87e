import { MultipathError } from '../errors.ts';

/** What a session traces beyond changes of state, where its `Env` has a `trace`. All fields have defaults. */
export interface TraceConfig {
  /** Milliseconds between two `hawser:metrics_updated` of one path, 10 to 3 600 000. Default 1 000. */
  readonly metricsIntervalMs: number;
  /** One of so many packets that leave is told by `hawser:packet_sent`; 0, the default: none. */
  readonly packetSampling: number;
}

/** Fills in defaults and checks ranges. Errors: `bad-config`. */
export function resolveTrace({ metricsIntervalMs = 1000, packetSampling = 0 }: Partial<TraceConfig> = {}): TraceConfig {
  if (!(metricsIntervalMs >= 10 && metricsIntervalMs <= 3_600_000)) {
    throw new MultipathError('bad-config', `metricsIntervalMs is ${metricsIntervalMs}, not between 10 and 3600000`);
  }
  if (!(Number.isInteger(packetSampling) && packetSampling >= 0)) {
    throw new MultipathError('bad-config', `packetSampling is ${packetSampling}, no whole number from 0 on`);
  }
  return { metricsIntervalMs, packetSampling };
}
