import { type BaseId, type FlowId, type FlowTable, type Instant, type Machine, NEVER, NO_FLOW } from '@hawser/wire';
import { monotonicNow } from './clock.ts';
import { SlotPool } from './slot-pool.ts';
import type { DatagramSocket, SocketFactory } from './sockets.ts';

/** A machine that sends by flows of a table it shares with its driver. */
export interface DrivenMachine<E extends { readonly type: string }> extends Machine<E> {
  readonly flows: FlowTable;
  handleSendError(now: Instant, flow: FlowId, code: string): void;
  /** The stream that carries a flow is full, or has room again. */
  setFlowWritable?(now: Instant, flow: FlowId, isWritable: boolean): void;
}

/** What a driver tells its owner. */
export interface DriverHooks<E> {
  onEvent(event: E): void;
  /** Packets are about to be handed to the system. */
  onBeforeSend?(): void;
  /** Everything that was to leave has left, every event was told: queues may have emptied. */
  onDrained?(): void;
}

/** Packets that may wait for the kernel at once; more stay in the machine, where the schedulers can still move them. */
const SLOTS_IN_FLIGHT = 256;

/** Room for a payload: the largest datagram of the path MTUs in use (1 500) and some. */
const SLOT_PAYLOAD_BYTES = 1600;

/** A packet takes some 10 us to leave: so many leave by one look at the clock, and round trips are measured from it. */
const PACKETS_PER_LOOK = 16;

/** So often a drain goes on with what was asked for meanwhile, before others have their turn of the event loop. */
const MOST_ROUNDS = 8;

/** A longer `setTimeout` fires at once, and again and again: a TURN server may grant a lifetime of 136 years. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** The system was short of memory for one packet: it is lost as others are, and says nothing of the path. */
const TRANSIENT: ReadonlySet<string> = new Set(['ENOBUFS', 'ENOMEM', 'EAGAIN']);

/**
 * Runs one machine on real sockets and the real clock: datagrams in, packets out, one timer. Inputs that arrive in one turn
 * of the event loop are handed over one by one and drained together.
 *
 * Nothing here keeps the process alive: sockets and the timer are unreferenced.
 */
export class Driver<E extends { readonly type: string }> {
  readonly #machine: DrivenMachine<E>;
  readonly #hooks: DriverHooks<E>;
  readonly #openSocket: SocketFactory;
  readonly #sockets: (DatagramSocket | undefined)[] = [];
  /** Packets that the system took, by base. */
  readonly #sent: number[] = [];
  readonly #pool: SlotPool;
  #lastFlow: FlowId = NO_FLOW;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Instant = NEVER;
  #pendingDrain: NodeJS.Immediate | undefined;
  #draining = false;
  /** Somebody asked for a drain while there was one. */
  #again = false;
  #closed = false;

  constructor(machine: DrivenMachine<E>, openSocket: SocketFactory, hooks: DriverHooks<E>) {
    this.#machine = machine;
    this.#openSocket = openSocket;
    this.#hooks = hooks;
    this.#pool = new SlotPool(SLOTS_IN_FLIGHT, SLOT_PAYLOAD_BYTES, {
      onAvailable: () => this.poke(),
      onSendError: (flow, code) => this.#handleSendError(flow, code),
    });
  }

  /** Opens a socket, by `openSocket` or as all are, and gives it the next base number. Rejects with the system's error. */
  async openBase(
    address: string,
    port = 0,
    openSocket = this.#openSocket,
  ): Promise<{ base: BaseId; address: string; port: number }> {
    const base = this.#sockets.length;
    this.#sockets.push(undefined);
    this.#sent.push(0);
    const socket = await openSocket(address, port, {
      onDatagram: (bytes, from, fromPort) => this.#handleDatagram(base, bytes, from, fromPort),
      onError: () => this.poke(),
      onWritable: (isWritable, to, toPort) => this.#handleWritable(base, isWritable, to, toPort),
      onClosed: (code, to, toPort) => this.#handleClosed(base, code, to, toPort),
    });
    if (this.#closed) {
      await socket.close();
      throw Object.assign(new Error('closed while a socket was being opened'), { code: 'closed' });
    }
    this.#sockets[base] = socket;
    return { base, address: socket.address, port: socket.port };
  }

  /** Packets that `base` has sent, those that the system refused not counted. */
  packetsSent(base: BaseId): number {
    return this.#sent[base] ?? 0;
  }

  /** Closes the socket of `base`. */
  async closeBase(base: BaseId): Promise<void> {
    const socket = this.#sockets[base];
    this.#sockets[base] = undefined;
    await socket?.close();
  }

  /** Drains soon: call after every command to the machine. */
  poke(): void {
    this.#again = true;
    if (this.#draining || this.#pendingDrain !== undefined || this.#closed) return;
    this.#pendingDrain = setImmediate(this.#drainLater);
  }

  /** Drains now, for what must leave before the sockets close. */
  flush(): void {
    this.#drain(monotonicNow());
  }

  /** Closes every socket and the timer; the machine is not called again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#pendingDrain);
    await Promise.all(this.#sockets.map((socket) => socket?.close()));
  }

  readonly #drainLater = (): void => {
    this.#pendingDrain = undefined;
    this.#drain(monotonicNow());
  };

  #handleDatagram(base: BaseId, bytes: Uint8Array, address: string, port: number): void {
    if (this.#closed) return;
    const flow = this.#flowOf(base, address, port);
    if (flow === NO_FLOW) return;
    this.#machine.handleDatagram(monotonicNow(), flow, bytes, 0, bytes.length);
    this.poke();
  }

  /** Most datagrams come by the flow of the one before: a look at that is cheaper than one into the table. */
  #flowOf(base: BaseId, address: string, port: number): FlowId {
    const { flows } = this.#machine;
    const last = this.#lastFlow;
    if (
      flows.isKnown(last) &&
      flows.base(last) === base &&
      flows.port(last) === port &&
      flows.address(last) === address
    ) {
      return last;
    }
    this.#lastFlow = flows.intern(base, address, port);
    return this.#lastFlow;
  }

  #handleWritable(base: BaseId, isWritable: boolean, address: string, port: number): void {
    const flow = this.#machine.flows.find(base, address, port);
    if (this.#closed || flow === NO_FLOW) return;
    this.#machine.setFlowWritable?.(monotonicNow(), flow, isWritable);
    if (isWritable) this.poke();
  }

  /** A connection is gone: whatever is sent next would say so too, but nothing may be sent for long. */
  #handleClosed(base: BaseId, code: string, address: string, port: number): void {
    const flow = this.#machine.flows.find(base, address, port);
    if (this.#closed || flow === NO_FLOW) return;
    this.#machine.handleSendError(monotonicNow(), flow, code);
    this.poke();
  }

  #handleSendError(flow: FlowId, code: string): void {
    if (this.#closed) return;
    const { flows } = this.#machine;
    if (flows.isKnown(flow)) this.#sent[flows.base(flow)]--;
    if (TRANSIENT.has(code)) return;
    this.#machine.handleSendError(monotonicNow(), flow, code);
    this.poke();
  }

  #drain(now: Instant): void {
    // An event handler may call back into the connection and flush: the outer drain goes on with what that left.
    if (this.#closed || this.#draining) return;
    this.#draining = true;
    try {
      for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
        this.#again = false;
        // What arrived is told before anything leaves: an answer shares a packet with the acknowledgement of the question.
        this.#tell();
        now = this.#transmit(now);
        this.#tell();
        this.#hooks.onDrained?.();
        if (!this.#again) break;
      }
    } finally {
      this.#draining = false;
    }
    if (this.#again) this.poke();
    this.#armTimer(now);
  }

  #tell(): void {
    for (let event = this.#machine.pollEvent(); event !== undefined; event = this.#machine.pollEvent()) {
      this.#hooks.onEvent(event);
    }
  }

  /** Returns the time at its end. */
  #transmit(now: Instant): Instant {
    const { flows } = this.#machine;
    let packets = 0;
    for (let slot = this.#pool.take(); slot !== undefined; slot = this.#pool.take()) {
      if (!this.#machine.pollTransmit(now, slot)) {
        this.#pool.giveBack(slot);
        return now;
      }
      if (packets === 0) this.#hooks.onBeforeSend?.();
      if (++packets % PACKETS_PER_LOOK === 0) now = monotonicNow();
      const base = flows.isKnown(slot.flow) ? flows.base(slot.flow) : -1;
      const socket = this.#sockets[base];
      if (socket === undefined) {
        this.#pool.giveBack(slot);
        continue;
      }
      this.#sent[base]++;
      const bytes = slot.view();
      socket.send(bytes, 0, bytes.length, flows.port(slot.flow), flows.address(slot.flow), slot.done);
    }
    return now;
  }

  #armTimer(now: Instant): void {
    const at = this.#machine.pollTimeout();
    // A timer that is early only costs a look; arming one for every packet costs more.
    if (this.#closed || at >= this.#timerAt || at === NEVER) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(this.#fire, Math.min(LONGEST_TIMEOUT_MS, Math.max(0, Math.ceil(at - now))));
    this.#timer.unref();
  }

  readonly #fire = (): void => {
    this.#timerAt = NEVER;
    const now = monotonicNow();
    if (this.#machine.pollTimeout() <= now) this.#machine.handleTimeout(now);
    this.#drain(now);
  };
}
