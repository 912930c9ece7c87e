import type { Instant } from '@hawser/wire';
import { SimError } from './errors.ts';
import type { PipeConfig } from './pipe.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** From `atMs` of the trace on, the link is so; what is left out stays as it was. */
export interface TraceStep extends PipeConfig {
  readonly atMs: number;
}

/** How a link changes in time, as measured or invented: a train, a cell, an evening. */
export interface Trace {
  /** In order of time. */
  readonly steps: readonly TraceStep[];
  /** The trace begins anew after so many ms, later than its last step. Default: it runs once. */
  readonly repeatAfterMs?: number;
}

/** What a trace can be played on: a link, or one direction of it. */
export interface Traced {
  update(config: PipeConfig): void;
}

/** Plays `trace` on `target`, its time 0 at `from`. Errors: `bad-setup` for steps out of order. */
export function playTrace(clock: VirtualClock, target: Traced, trace: Trace, from: Instant = clock.now): void {
  const { steps, repeatAfterMs } = trace;
  steps.forEach(({ atMs }, i) => {
    if (!(atMs >= (steps[i - 1]?.atMs ?? 0)))
      throw new SimError('bad-setup', `step ${i} of the trace is at ${atMs} ms`);
  });
  const last = steps.at(-1)?.atMs ?? 0;
  if (repeatAfterMs !== undefined && !(repeatAfterMs > last)) {
    throw new SimError('bad-setup', `a trace whose last step is at ${last} ms repeats after ${repeatAfterMs} ms`);
  }
  // One appointment at a time: a trace that repeats has no end.
  const next = (index: number, origin: Instant): void => {
    if (index === steps.length) {
      if (repeatAfterMs !== undefined && steps.length > 0) next(0, origin + repeatAfterMs);
      return;
    }
    const { atMs, ...config } = steps[index];
    clock.schedule(origin + atMs, () => {
      target.update(config);
      next(index + 1, origin);
    });
  };
  next(0, from);
}
