import type { AssociationState } from '../types.ts';

/**
 * The states of an association and the moves between them (RFC 9260 4, figure 3). Anything absent is illegal. Every state
 * may end in `closed`.
 */
const EDGES: Readonly<Record<AssociationState, readonly AssociationState[]>> = {
  // INIT sent · a valid COOKIE ECHO came to one that never sent INIT
  closed: ['cookie-wait', 'established'],
  // INIT ACK came · COOKIE ECHO of the peer's own attempt came first
  'cookie-wait': ['cookie-echoed', 'established', 'closed'],
  // COOKIE ACK or the peer's COOKIE ECHO came · the cookie was stale: start again
  'cookie-echoed': ['established', 'cookie-wait', 'closed'],
  established: ['shutdown-pending', 'shutdown-received', 'closed'],
  // all data acknowledged · the peer was quicker
  'shutdown-pending': ['shutdown-sent', 'shutdown-received', 'established', 'closed'],
  'shutdown-sent': ['shutdown-ack-sent', 'established', 'closed'],
  'shutdown-received': ['shutdown-ack-sent', 'established', 'closed'],
  'shutdown-ack-sent': ['closed'],
};

/** States in which user data may arrive and be acknowledged (RFC 9260 6, 9.2). */
const RECEIVING = new Set<AssociationState>(['established', 'shutdown-pending', 'shutdown-sent']);
/** States in which data still queued may be sent. */
const SENDING = new Set<AssociationState>(['established', 'shutdown-pending', 'shutdown-received']);

export class StateMachine {
  #state: AssociationState = 'closed';
  #over = false;
  readonly #entered: (from: AssociationState, to: AssociationState, why: string) => void;

  constructor(entered: (from: AssociationState, to: AssociationState, why: string) => void) {
    this.#entered = entered;
  }

  get now(): AssociationState {
    return this.#state;
  }

  /** Whether the association has ended for good: an object is used once. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether both sides' tags and numbers are agreed. */
  get hasPeer(): boolean {
    return RECEIVING.has(this.#state) || SENDING.has(this.#state) || this.#state === 'shutdown-ack-sent';
  }

  /** Whether one of the sides wants no more (RFC 9260 9.2), or the association is over. */
  get ending(): boolean {
    return this.#state !== 'established' && (this.#over || this.#state.startsWith('shutdown-'));
  }

  get receives(): boolean {
    return RECEIVING.has(this.#state);
  }

  get sends(): boolean {
    return SENDING.has(this.#state);
  }

  enter(next: AssociationState, why: string): void {
    const from = this.#state;
    if (!EDGES[from].includes(next)) throw new Error(`illegal move from ${from} to ${next}: ${why}`);
    this.#state = next;
    this.#entered(from, next, why);
  }

  /** Enters `closed` for good. */
  end(why: string): void {
    const from = this.#state;
    this.#state = 'closed';
    this.#over = true;
    this.#entered(from, 'closed', why);
  }
}

/** The table, for the test that draws and checks it. */
export const STATE_EDGES = EDGES;
