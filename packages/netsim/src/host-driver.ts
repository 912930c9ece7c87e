import {
  ANY_PATH,
  type BaseId,
  type FlowId,
  type FlowTable,
  type Instant,
  NO_FLOW,
  NO_PATH,
  type PathId,
  type Slot,
  type Verdict,
} from '@hawser/wire';
import type { Datagram, SendStatus } from './datagram.ts';
import { type AnyMachine, Driver, type DriverOptions, type EventOf } from './driver.ts';
import { SimError } from './errors.ts';
import type { SimHost, SimSocket } from './host.ts';
import type { Receive } from './pair.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

/** What a driver on a host may be told. Every field is optional. */
export interface HostDriverOptions<M extends AnyMachine> {
  /** Called with every event, after it was added to `events`. May give commands. */
  readonly onEvent?: (event: EventOf<M>) => void;
  /** A packet could not be sent. `to` is the flow or the path. */
  readonly onSendError?: (to: FlowId | PathId, status: SendStatus) => void;
  /** Replaces the call of `handleDatagram`, for a machine whose data goes by `open(slot)`. */
  readonly receive?: Receive<M>;
  readonly driver?: DriverOptions;
}

/** A machine at work on a {@link SimHost}: sockets below it, the clock behind it. */
abstract class HostDriver<M extends AnyMachine> {
  readonly machine: M;
  readonly host: SimHost;
  /** All events so far, oldest first. Shift, splice or clear at will. */
  readonly events: EventOf<M>[] = [];
  /** Datagrams that came in, by what the machine said of them. */
  readonly verdicts = new Map<Verdict, number>();
  /** Sends that were refused. */
  sendErrors = 0;
  protected readonly options: HostDriverOptions<M>;
  readonly #driver: Driver<M>;
  readonly #buffer = new ReceiveBuffer();
  #stopped = false;

  constructor(host: SimHost, machine: M, options: HostDriverOptions<M>) {
    this.host = host;
    this.machine = machine;
    this.options = options;
    const event = (what: EventOf<M>): void => {
      this.events.push(what);
      options.onEvent?.(what);
    };
    this.#driver = new Driver(
      host.clock,
      host.name,
      machine,
      { transmit: (s) => this.transmit(s), event },
      options.driver,
    );
  }

  /** Gives a command or an input and drains. */
  act<R>(input: (machine: M, now: Instant) => R): R {
    return this.#driver.act(input);
  }

  drain(): void {
    this.#driver.drain();
  }

  /** Silences the machine for good, as a process that was killed. */
  stop(): void {
    this.#stopped = true;
    this.#driver.stop();
  }

  protected abstract transmit(slot: Slot): void;

  protected take(from: FlowId | PathId, packet: Datagram): void {
    if (this.#stopped) return;
    const receive = this.options.receive ?? handleDatagram;
    const verdict = this.#buffer.lend(packet.bytes, (bytes, offset, length) =>
      receive(this.machine, this.host.clock.now, from, bytes, offset, length),
    );
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1);
    this.#driver.drain();
  }

  protected refused(to: FlowId | PathId, status: SendStatus): void {
    this.sendErrors++;
    this.options.onSendError?.(to, status);
  }
}

/**
 * Drives a machine that takes flows (ICE, TURN, a whole session): every base is a socket, and source addresses are interned
 * in the {@link FlowTable} that it shares with the machine.
 */
export class FlowDriver<M extends AnyMachine> extends HostDriver<M> {
  readonly flows: FlowTable;
  /** Datagrams dropped because the flow table was full. */
  unknownSources = 0;
  readonly #sockets = new Map<BaseId, SimSocket>();

  constructor(host: SimHost, machine: M, flows: FlowTable, options: HostDriverOptions<M> = {}) {
    super(host, machine, options);
    this.flows = flows;
  }

  /** Opens the socket of a base and returns it: tell the machine its address and port. `port` 0 = any. */
  openBase(base: BaseId, address: string, port = 0): SimSocket {
    if (this.#sockets.has(base)) throw new SimError('bad-setup', `base ${base} is open already`);
    const socket = this.host.bind(address, port, (packet) => {
      const flow = this.flows.intern(base, packet.source, packet.sourcePort);
      if (flow === NO_FLOW) this.unknownSources++;
      else this.take(flow, packet);
    });
    this.#sockets.set(base, socket);
    return socket;
  }

  /** Closes the socket of a base and forgets its flows. */
  closeBase(base: BaseId): void {
    this.#sockets.get(base)?.close();
    this.#sockets.delete(base);
    this.flows.dropBase(base);
  }

  protected override transmit(slot: Slot): void {
    const { flow } = slot;
    if (!this.flows.isKnown(flow)) throw new SimError('bad-slot', `${this.host.name} sent on unknown flow ${flow}`);
    const socket = this.#sockets.get(this.flows.base(flow));
    const { buffer, offset, length } = slot;
    const status = socket?.send(buffer, offset, length, this.flows.address(flow), this.flows.port(flow)) ?? 'EBADF';
    if (status !== 'sent') this.refused(flow, status);
  }
}

/** Drives a machine that takes paths (DTLS, SCTP) over fixed pairs of endpoints on real hosts. */
export class PathDriver<M extends AnyMachine> extends HostDriver<M> {
  readonly #paths: { readonly socket: SimSocket; readonly address: string; readonly port: number }[] = [];

  constructor(host: SimHost, machine: M, options: HostDriverOptions<M> = {}) {
    super(host, machine, options);
  }

  /** Adds the next path, from a socket of its own to a fixed remote endpoint; only packets from there are taken. */
  addPath(local: string, localPort: number, remote: string, remotePort: number): PathId {
    const id = this.#paths.length;
    const socket = this.host.bind(local, localPort, (packet) => {
      if (packet.source === remote && packet.sourcePort === remotePort) this.take(id, packet);
    });
    this.#paths.push({ socket, address: remote, port: remotePort });
    return id;
  }

  protected override transmit(slot: Slot): void {
    const id = slot.path === ANY_PATH || slot.path === NO_PATH ? 0 : slot.path;
    const path = this.#paths[id];
    if (path === undefined) throw new SimError('bad-slot', `${this.host.name} sent on path ${id}, which is not there`);
    const status = path.socket.send(slot.buffer, slot.offset, slot.length, path.address, path.port);
    if (status !== 'sent') this.refused(id, status);
  }
}

const handleDatagram: Receive<AnyMachine> = (machine, now, from, bytes, offset, length) =>
  machine.handleDatagram(now, from, bytes, offset, length);
