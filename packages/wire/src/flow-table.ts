import { WireError } from './errors.ts';
import { type BaseId, type FlowId, NO_FLOW } from './ids.ts';

/**
 * The one table of flows: (base, remote address and port) to a small dense {@link FlowId}, bounded. Sources that nobody
 * has pinned are recycled, those first that have been known, or unpinned, for longest: a flood of forged sources costs no
 * memory and no time, and cannot push out a pinned flow.
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
  /** The flows without a pin, in a ring from the oldest to the youngest; entry `capacity` is its beginning and its end. */
  readonly #older: Int32Array;
  readonly #younger: Int32Array;
  #used = 0;
  #pinned = 0;
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
    this.#older = new Int32Array(capacity + 1).fill(capacity);
    this.#younger = new Int32Array(capacity + 1).fill(capacity);
  }

  /** Most flows kept at once. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Flows that are pinned: when all are, new sources are refused. */
  get pinned(): number {
    return this.#pinned;
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
   * @throws WireError `out-of-range` for another base
   */
  intern(base: BaseId, address: string, port: number): FlowId {
    let addresses = this.#byBase.get(base);
    if (addresses === undefined) {
      if (!(base >= 0 && base <= 0x7fff_ffff)) throw new WireError('out-of-range', `base ${base}`);
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
    this.#putBehind(flow);
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

  /** Whether somebody keeps `flow`. */
  isPinned(flow: FlowId): boolean {
    return this.isKnown(flow) && this.#pins[flow] > 0;
  }

  /** Keeps `flow` from being recycled until as many `unpin`s. A flow that is not known cannot be kept. */
  pin(flow: FlowId): void {
    if (!this.isKnown(flow) || this.#pins[flow]++ > 0) return;
    this.#pinned++;
    this.#takeOut(flow);
  }

  unpin(flow: FlowId): void {
    if (!this.isKnown(flow) || this.#pins[flow] === 0 || --this.#pins[flow] > 0) return;
    this.#pinned--;
    this.#putBehind(flow);
  }

  /** Forgets every flow of a base that is gone, pinned or not: their owners must not `unpin` them afterwards. */
  dropBase(base: BaseId): void {
    const addresses = this.#byBase.get(base);
    if (addresses === undefined) return;
    this.#byBase.delete(base);
    for (const ports of addresses.values()) {
      for (const flow of ports.values()) {
        if (this.#pins[flow] > 0) this.#pinned--;
        else this.#takeOut(flow);
        this.#base[flow] = -1;
        this.#pins[flow] = 0;
        this.#free.push(flow);
      }
    }
  }

  #take(): FlowId {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used < this.#capacity) return this.#used++;
    const oldest = this.#younger[this.#capacity];
    if (oldest === this.#capacity) {
      this.refused++;
      return NO_FLOW;
    }
    this.#takeOut(oldest);
    this.#forget(oldest);
    this.recycled++;
    return oldest;
  }

  #forget(flow: FlowId): void {
    const addresses = this.#byBase.get(this.#base[flow]);
    const ports = addresses?.get(this.#address[flow]);
    ports?.delete(this.#port[flow]);
    if (ports?.size === 0) addresses?.delete(this.#address[flow]);
  }

  /** Among the flows without a pin, as the youngest. */
  #putBehind(flow: FlowId): void {
    const end = this.#capacity;
    const youngest = this.#older[end];
    this.#older[flow] = youngest;
    this.#younger[flow] = end;
    this.#younger[youngest] = flow;
    this.#older[end] = flow;
  }

  #takeOut(flow: FlowId): void {
    const older = this.#older[flow];
    const younger = this.#younger[flow];
    this.#younger[older] = younger;
    this.#older[younger] = older;
  }
}
