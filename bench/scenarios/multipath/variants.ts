import type { SchedulerName, SessionConfig } from '@hawser/multipath';

/** The schedulers that there are, besides the default. */
export const SCHEDULERS: readonly SchedulerName[] = ['dwrr', 'redundant'];

/** A way to use the paths of a scenario: a row of the output. */
export type VariantName = 'auto' | 'best single' | 'plain ICE' | SchedulerName;

/** Those of a run without `--full`. */
export const DEFAULT_VARIANTS: readonly VariantName[] = ['auto', 'best single', 'plain ICE'];
export const ALL_VARIANTS: readonly VariantName[] = [
  ...DEFAULT_VARIANTS,
  ...SCHEDULERS.filter((name) => !DEFAULT_VARIANTS.includes(name)),
];

/** What both sessions are told. `best single` is `auto` where there is one path to choose from. */
export function configOf(variant: VariantName): Partial<SessionConfig> {
  switch (variant) {
    case 'auto':
    case 'best single':
      return {};
    case 'plain ICE':
      return { multipath: { enabled: false, preventNomination: false } };
    default:
      return { multipath: { scheduler: variant } };
  }
}
