import type { QueryId } from './querier.ts';

/** Why a name has no address for us. */
export type UnresolvedReason =
  /** Nobody answered in time. */
  | 'timeout'
  /** More than one address: such a candidate should be ignored (draft 3.2.2). */
  | 'ambiguous'
  /** The agent was closed. */
  | 'closed';

/** What {@link MdnsAgent.pollEvent} gives: one of the two for every query that was not cancelled. */
export type MdnsEvent =
  /** `address` is in canonical text. */
  | { readonly type: 'resolved'; readonly query: QueryId; readonly name: string; readonly address: string }
  | {
      readonly type: 'unresolved';
      readonly query: QueryId;
      readonly name: string;
      readonly reason: UnresolvedReason;
    };
