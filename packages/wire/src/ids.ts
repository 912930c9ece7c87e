/**
 * A socket of the runtime, or a relayed allocation, from which packets can leave. Small and dense; chosen by whoever
 * opens it (the runtime).
 */
export type BaseId = number;

/**
 * A (base, remote address) pair, interned in one bounded {@link FlowTable}. Only ICE, TURN and the runtime read it:
 * everything above sees a {@link PathId}.
 */
export type FlowId = number;

/** A validated candidate pair, named by a small dense number for as long as the pair lives. */
export type PathId = number;

/** No flow: an empty slot, or a source that the flow table could not take. */
export const NO_FLOW: FlowId = -1;

/** No path: the flow has not been validated, or no path has credit. */
export const NO_PATH: PathId = -1;

/** Any path: the scheduler of `multipath` chooses. */
export const ANY_PATH: PathId = -2;
