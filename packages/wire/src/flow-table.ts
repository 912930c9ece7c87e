import { WireError } from './errors.ts';
import { type BaseId, type FlowId, NO_FLOW } from './ids.ts';

/**
 * The one table of flows: (base, remote address and port) to a small dense {@link FlowId}, bounded. Sources that nobody
 * has pinned are recycled, oldest first: a flood of forged sources costs no memory and cannot push out a pinned flow.
 *
 * ICE pins a flow when a pair is made on it or a check on it was authenticated.
 */
export class FlowTable {
  readonly #capacity: number;
  readonly #byBase = new Map<BaseId, Map<string, Map<number, FlowId>>>();
  readonly #base: Int32Array;
  readonly #port: Uint16Array;
  readonly #address: string[];
  readonly #pins: Uint16Array;
  readonly #free: FlowId[] = [];
  #used = 0;
  #recycleNext = 0;
  /** Flows forgotten to make room for another. */
  recycled = 0;
  /** Sources refused because every flow was pinned. */
  refused = 0;

  /**
   * @param capacity most flows kept at once, 1 to 65 536; default 1 024
   * @throws WireError `out-of-range`
   */
  constructor(capacity = 1024) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 65_536) {
      throw new WireError('out-of-range', `a table of ${capacity} flows`);
    }
    this.#capacity = capacity;
    this.#base = new Int32Array(capacity).fill(-1);
    this.#port = new Uint16Array(capacity);
    this.#address = new Array<string>(capacity).fill('');
    this.#pins = new Uint16Array(capacity);
  }

  /** Flows known now. */
  get size(): number {
    return this.#used - this.#free.length;
  }

  /**
   * The flow from `base` to `address`:`port`, made if need be; `NO_FLOW` when the table is full of pinned ones.
   *
   * @param base 0 to 2^31 - 1
   * @param address compared as text: always the canonical spelling
   * @throws WireError `out-of-range` for a negative base
   */
  intern(base: BaseId, address: string, port: number): FlowId {
    let addresses = this.#byBase.get(base);
    if (addresses === undefined) {
      if (base < 0) throw new WireError('out-of-range', `base ${base}`);
      addresses = new Map();
      this.#byBase.set(base, addresses);
    }
    const known = addresses.get(address)?.get(port);
    if (known !== undefined) return known;
    const flow = this.#take();
    if (flow === NO_FLOW) return NO_FLOW;
    let ports = addresses.get(address);
    if (ports === undefined) {
      ports = new Map();
      addresses.set(address, ports);
    }
    ports.set(port, flow);
    this.#base[flow] = base;
    this.#address[flow] = address;
    this.#port[flow] = port;
    this.#pins[flow] = 0;
    return flow;
  }

  /** The flow if it is known, else `NO_FLOW`. */
  find(base: BaseId, address: string, port: number): FlowId {
    return this.#byBase.get(base)?.get(address)?.get(port) ?? NO_FLOW;
  }

  base(flow: FlowId): BaseId {
    return this.#base[flow];
  }

  /** Text of the remote address, as it was interned. */
  address(flow: FlowId): string {
    return this.#address[flow];
  }

  port(flow: FlowId): number {
    return this.#port[flow];
  }

  isKnown(flow: FlowId): boolean {
    return flow >= 0 && flow < this.#used && this.#base[flow] >= 0;
  }

  /** Keeps `flow` from being recycled until as many `unpin`s. */
  pin(flow: FlowId): void {
    this.#pins[flow]++;
  }

  unpin(flow: FlowId): void {
    if (this.#pins[flow] > 0) this.#pins[flow]--;
  }

  /** Forgets every flow of a base that is gone, pinned or not: their owners must not `unpin` them afterwards. */
  dropBase(base: BaseId): void {
    // -1 marks a flow that is free already.
    if (base < 0) return;
    for (let flow = 0; flow < this.#used; flow++) {
      if (this.#base[flow] === base) {
        this.#base[flow] = -1;
        this.#pins[flow] = 0;
        this.#free.push(flow);
      }
    }
    this.#byBase.delete(base);
  }

  #take(): FlowId {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used < this.#capacity) return this.#used++;
    for (let tried = 0; tried < this.#capacity; tried++) {
      const flow = this.#recycleNext;
      this.#recycleNext = (flow + 1) % this.#capacity;
      if (this.#pins[flow] === 0) {
        this.#forget(flow);
        this.recycled++;
        return flow;
      }
    }
    this.refused++;
    return NO_FLOW;
  }

  #forget(flow: FlowId): void {
    const addresses = this.#byBase.get(this.#base[flow]);
    const ports = addresses?.get(this.#address[flow]);
    ports?.delete(this.#port[flow]);
    if (ports?.size === 0) addresses?.delete(this.#address[flow]);
  }
}
