import type { MultipathScenario } from '../contract.ts';
import { aggregation } from './aggregation.ts';
import { outages } from './outages.ts';
import { quality } from './quality.ts';
import { rateControl } from './rate-control.ts';

/** All scenarios, in the order in which they are run and shown. */
export const SCENARIOS: readonly MultipathScenario[] = [...aggregation, ...quality, ...outages, ...rateControl];

/** The scenario of that name. */
export function scenarioNamed(name: string): MultipathScenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}
