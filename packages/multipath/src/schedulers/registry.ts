import { adaptiveRedundant } from './adaptive-redundant.ts';
import { auto } from './auto.ts';
import { backup } from './backup.ts';
import { dwrr } from './dwrr.ts';
import { ecf } from './ecf.ts';
import { edpf } from './edpf.ts';
import { inFlight } from './in-flight.ts';
import { minRtt } from './min-rtt.ts';
import { redundant } from './redundant.ts';
import type { SchedulerFactory } from './scheduler.ts';
import { single } from './single.ts';
import { wrr } from './wrr.ts';

/** The schedulers that come with the package, by name. */
export const SCHEDULERS = {
  auto,
  minrtt: minRtt,
  wrr,
  dwrr,
  inflight: inFlight,
  edpf,
  ecf,
  redundant: redundant(),
  'adaptive-redundant': adaptiveRedundant,
  backup,
  single,
} as const satisfies Record<string, SchedulerFactory>;

/** A scheduler that comes with the package. */
export type BuiltInScheduler = keyof typeof SCHEDULERS;
