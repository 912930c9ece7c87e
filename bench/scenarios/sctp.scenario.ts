/**
 * SCTP over simulated networks: one association on one path, what a long message costs others, and several paths through whole
 * sessions.
 */
import type { Scenario } from '../src/scenario-contract.ts';
import { blocking } from './sctp/blocking.ts';
import { onePath } from './sctp/one-path.ts';
import { severalPaths } from './sctp/several-paths.ts';

export const scenario: Scenario = { name: 'sctp', variants: [...onePath, ...blocking, ...severalPaths] };
