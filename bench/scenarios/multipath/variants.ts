import { SCHEDULERS, type SchedulerName, type SessionConfig } from '@hawser/multipath';

/** A way to use the paths of a scenario: a row of the output. */
export type VariantName = 'best single' | 'plain ICE' | 'dwrr by rate' | SchedulerName;

/** The schedulers that come with the package, the default first. */
export const SCHEDULER_NAMES = Object.keys(SCHEDULERS) as readonly SchedulerName[];

/** Those of a run without `--full`. */
export const DEFAULT_VARIANTS: readonly VariantName[] = ['auto', 'best single', 'plain ICE'];

/** Those with which `auto` must bear comparison. */
export const OTHER_SCHEDULERS: readonly VariantName[] = [
  ...SCHEDULER_NAMES.filter((name) => name !== 'auto'),
  'dwrr by rate',
];

export const ALL_VARIANTS: readonly VariantName[] = [...DEFAULT_VARIANTS, ...OTHER_SCHEDULERS];

/** What both sessions are told. `best single` is `auto` where there is one path to choose from. */
export function configOf(variant: VariantName): Partial<SessionConfig> {
  switch (variant) {
    case 'best single':
      return { multipath: { scheduler: 'auto' } };
    case 'plain ICE':
      return { multipath: { enabled: false, preventNomination: false } };
    case 'dwrr by rate':
      return { multipath: { scheduler: 'dwrr', weightFormula: 'rate' } };
    default:
      return { multipath: { scheduler: variant } };
  }
}
