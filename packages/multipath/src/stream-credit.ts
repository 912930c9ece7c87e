import type { BaseId, FlowId, FlowTable, PathId } from '@hawser/wire';

/** How a path is found in the table of flows. */
export interface FlowLookup {
  /** The flow of a path. */
  flowOf(path: PathId): FlowId;
  /** The flow by which its packets really leave: to the server of a relay, else itself. */
  carrierOf(flow: FlowId): FlowId;
}

/**
 * Which paths lead into a stream whose queue is full. Such a path has no credit until the queue has emptied: what a path of
 * datagrams loses under overload, and congestion control hears of, a stream would only keep.
 */
export class StreamCredit {
  readonly #flows: FlowTable;
  readonly #lookup: FlowLookup;
  /** With the base of each: numbers of flows are given anew, those of bases are not. */
  readonly #full = new Map<FlowId, BaseId>();

  constructor(flows: FlowTable, lookup: FlowLookup) {
    this.#flows = flows;
    this.#lookup = lookup;
  }

  /** A stream is full, or has room again. */
  set(flow: FlowId, isWritable: boolean): void {
    if (isWritable || !this.#flows.isKnown(flow)) this.#full.delete(flow);
    else this.#full.set(flow, this.#flows.base(flow));
  }

  /** A base is about to go, and its flows with it. */
  dropBase(base: BaseId): void {
    for (const [flow, of] of this.#full) if (of === base) this.#full.delete(flow);
  }

  isFull(path: PathId): boolean {
    if (this.#full.size === 0) return false;
    const flow = this.#lookup.flowOf(path);
    return this.#isFull(flow) || this.#isFull(this.#lookup.carrierOf(flow));
  }

  #isFull(flow: FlowId): boolean {
    const base = this.#full.get(flow);
    if (base === undefined) return false;
    if (this.#flows.base(flow) === base) return true;
    // A relay gave up its connection, and did not wait until that had room.
    this.#full.delete(flow);
    return false;
  }
}
