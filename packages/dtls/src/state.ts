import { DtlsError } from './errors.ts';

/**
 * The life of a connection. `new` until `start`, `connecting` during the handshake, then `connected`; `closed` after
 * close_notify of either side, `failed` after an error. The last two are final.
 */
export type DtlsState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed';

/** The legal moves; any other is a mistake in this package. */
const EDGES: Readonly<Record<DtlsState, readonly DtlsState[]>> = {
  new: ['connecting', 'closed'],
  connecting: ['connected', 'closed', 'failed'],
  connected: ['closed', 'failed'],
  closed: [],
  failed: [],
};

/** Errors: `wrong-state` for a move that is not in the table. */
export function checkMove(from: DtlsState, to: DtlsState, why: string): void {
  if (!EDGES[from].includes(to)) throw new DtlsError('wrong-state', `${from} to ${to}: ${why}`);
}
