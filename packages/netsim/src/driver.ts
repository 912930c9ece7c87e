import { createSlot, type Instant, type Machine, NEVER, resetSlot, type Slot } from '@hawser/wire';
import { SimError } from './errors.ts';
import type { Appointment, VirtualClock } from './virtual-clock.ts';

/** Any machine, whatever its events. */
export type AnyMachine = Machine<{ readonly type: string }>;

/** The events of a machine. */
export type EventOf<M extends AnyMachine> = NonNullable<ReturnType<M['pollEvent']>>;

/** Where a {@link Driver} puts what it drains. Both may give the machine commands; the driver drains again. */
export interface DriverHooks<M extends AnyMachine> {
  /** A packet of the machine. `slot` is reused: copy what must last. */
  transmit(slot: Slot): void;
  event?(event: EventOf<M>): void;
  /** Packets and events are drained. Answers whether it gave the machine something, so that there may be more. */
  drained?(): boolean;
}

/** How a {@link Driver} treats its machine. Every field is optional. */
export interface DriverOptions {
  readonly limits?: DriverLimits;
  /** Room for the payload of a packet, bytes. Default 1 500. */
  readonly payloadBytes?: number;
  /** The slot to poll into, instead of one made for `payloadBytes`. */
  readonly slot?: Slot;
}

/** How much a machine may do at one instant before the driver gives up on it. */
export interface DriverLimits {
  /** Packets. Default 100 000. */
  readonly packets?: number;
  readonly events?: number;
  /** Calls of `handleTimeout` that bring neither packet nor event. Default 1 000. */
  readonly idleTimeouts?: number;
}

/**
 * Keeps the machine contract for a caller: after every input it drains transmits, then events, then reads the timeout and
 * makes the appointment. It throws {@link SimError} when a machine never stops transmitting (`endless-transmit`), never
 * stops reporting (`endless-events`) or asks for `handleTimeout` again and again without getting on (`no-progress`).
 */
export class Driver<M extends AnyMachine> {
  readonly machine: M;
  readonly name: string;
  readonly #clock: VirtualClock;
  readonly #hooks: DriverHooks<M>;
  readonly #limits: Required<DriverLimits>;
  readonly #slot: Slot;
  #appointment: Appointment | undefined;
  #draining = false;
  #stopped = false;
  // What the machine did at the present instant.
  #instant: Instant = Number.NEGATIVE_INFINITY;
  #packets = 0;
  #events = 0;
  #idleTimeouts = 0;

  constructor(clock: VirtualClock, name: string, machine: M, hooks: DriverHooks<M>, options: DriverOptions = {}) {
    this.machine = machine;
    this.name = name;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#slot = options.slot ?? createSlot(options.payloadBytes);
    this.#limits = { packets: 100_000, events: 100_000, idleTimeouts: 1000, ...options.limits };
  }

  /** Gives the machine an input or a command, then drains. Returns what `input` returned. */
  act<R>(input: (machine: M, now: Instant) => R): R {
    const result = input(this.machine, this.#clock.now);
    this.drain();
    return result;
  }

  /** Drains transmits, then events, until there are neither, then minds the timeout. From inside a hook: nothing. */
  drain(): void {
    if (this.#draining || this.#stopped) return;
    this.#draining = true;
    try {
      this.#turnInstant();
      do this.#drainPackets();
      while (this.#drainEvents() || (!this.#stopped && (this.#hooks.drained?.() ?? false)));
      this.#mindTimeout();
    } finally {
      this.#draining = false;
    }
  }

  /** Lets the machine alone from now on, as a process that was killed. */
  stop(): void {
    this.#stopped = true;
    this.#appointment?.cancel();
  }

  #drainPackets(): void {
    const { machine } = this;
    const slot = this.#slot;
    for (resetSlot(slot); machine.pollTransmit(this.#clock.now, slot); resetSlot(slot)) {
      if (slot.length < 0 || slot.offset < 0 || slot.offset + slot.length > slot.buffer.length) {
        throw this.#broken('bad-slot', `gave a packet of ${slot.length} bytes at ${slot.offset}, outside its slot`);
      }
      if (++this.#packets > this.#limits.packets) {
        throw this.#broken('endless-transmit', `gave over ${this.#limits.packets} packets without time moving`);
      }
      this.#idleTimeouts = 0;
      this.#hooks.transmit(slot);
      if (this.#stopped) return;
    }
  }

  #drainEvents(): boolean {
    let any = false;
    for (;;) {
      if (this.#stopped) return false;
      const event = this.machine.pollEvent();
      if (event === undefined) return any;
      any = true;
      if (++this.#events > this.#limits.events) {
        throw this.#broken('endless-events', `gave over ${this.#limits.events} events without time moving`);
      }
      this.#idleTimeouts = 0;
      this.#hooks.event?.(event as EventOf<M>);
    }
  }

  #mindTimeout(): void {
    if (this.#stopped) return;
    const at = this.machine.pollTimeout();
    if (Number.isNaN(at)) throw this.#broken('bad-timeout', 'answered NaN to pollTimeout');
    // An appointment at or before `at` is kept: when it comes, the timeout is read again. Most timers only move later.
    if (this.#appointment !== undefined && this.#appointment.at <= at) return;
    this.#appointment?.cancel();
    this.#appointment = at === NEVER ? undefined : this.#clock.schedule(at, () => this.#keepAppointment());
  }

  #keepAppointment(): void {
    this.#appointment = undefined;
    const now = this.#clock.now;
    if (this.machine.pollTimeout() <= now) {
      this.#turnInstant();
      if (++this.#idleTimeouts > this.#limits.idleTimeouts) {
        throw this.#broken('no-progress', `still wants a timeout at ${now} after ${this.#limits.idleTimeouts} of them`);
      }
      this.machine.handleTimeout(now);
    }
    this.drain();
  }

  #turnInstant(): void {
    if (this.#clock.now === this.#instant) return;
    this.#instant = this.#clock.now;
    this.#packets = 0;
    this.#events = 0;
    this.#idleTimeouts = 0;
  }

  #broken(code: 'bad-slot' | 'endless-transmit' | 'endless-events' | 'no-progress' | 'bad-timeout', what: string) {
    return new SimError(code, `${this.name} ${what} (at ${this.#clock.now} ms)`);
  }
}
