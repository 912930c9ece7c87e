import type { PeerConnectionMachine } from '@hawser/webrtc';
import type { BaseId } from '@hawser/wire';
import { cipherPreference } from './cipher-preference.ts';
import { monotonicNow } from './clock.ts';
import type { AddressConfig, GatheringConfig } from './config.ts';
import type { DrivenMachine, Driver } from './driver.ts';
import { EgressLearner } from './egress-learner.ts';
import { type NamedServer, readServers, resolveServer } from './ice-servers.ts';
import { ifKnown } from './if-known.ts';
import { interfaceOf, type LocalAddress, localAddresses, splitZone } from './interfaces.ts';
import { ConnectionNames } from './mdns/connection-names.ts';
import { systemMulticast } from './mdns/multicast.ts';
import { NetworkWatch } from './network-watch.ts';
import { Ports } from './ports.ts';
import { nodeJitter } from './random.ts';
import { RelayCarriers } from './relay-carriers.ts';
import type { SocketFactory } from './sockets.ts';
import { tcpKinds } from './streams/tcp-bases.ts';
import { readTransmitCounters } from './transmit-counters.ts';

interface OpenBase {
  readonly base: BaseId;
  /** Without a zone, as the machine knows it. */
  readonly address: string;
  /** Its egress is what the configuration says, and not learned. */
  readonly isDeclared: boolean;
  /** What it sends leaves in other packets than those we count. */
  readonly isStream?: boolean;
}

type OpenedBase = Awaited<ReturnType<Driver<{ type: string }>['openBase']>>;
type BaseDetails = Omit<Parameters<PeerConnectionMachine['addBase']>[1], keyof OpenedBase>;

/** A socket that the machine asked for, or a connection to a TURN server. */
export interface NeededBase {
  readonly id: number;
  readonly address: string;
  readonly egress: string | undefined;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly server?: { readonly address: string; readonly port: number; readonly name: string };
}

/** What the owner of a connection should know of the servers that it named, and of the names that the peer told. */
export interface ServerFault {
  /**
   * `server-failed`: its name does not resolve. `server-untrusted`: its certificate is not its own. `name-unresolved`: nothing
   * answers to the name of a candidate. `mdns-unavailable`: port 5353 cannot be had on any interface. `tcp-unavailable`: no
   * listener can be had on an address.
   */
  readonly code: 'server-failed' | 'server-untrusted' | 'name-unresolved' | 'mdns-unavailable' | 'tcp-unavailable';
  readonly message: string;
}

/**
 * Opens the sockets of a connection: one for each address, and spare ones when the machine asks. Follows addresses that come
 * and go where none were named, and learns by which interface each one's packets leave.
 */
export class Gathering<E extends { readonly type: string }> {
  readonly #machine: PeerConnectionMachine;
  readonly #driver: Driver<E>;
  readonly #config: GatheringConfig;
  readonly #ports: Ports;
  readonly #servers: readonly NamedServer[];
  readonly #faultHook: (fault: ServerFault) => void;
  readonly #carriers: RelayCarriers<E>;
  readonly #watch: NetworkWatch;
  readonly #egress: EgressLearner;
  readonly #names: ConnectionNames;
  readonly #bases: OpenBase[] = [];
  /** Zones of link-local addresses in use: the machine knows addresses without. */
  readonly #zones = new Map<string, string>();
  #started = false;
  /** The machine knows that there are no more candidates for now. */
  #ended = false;
  #isClosed = false;
  /** What interfaces do is followed in its order, one thing after the other. */
  #following: Promise<void> = Promise.resolve();

  /** Errors: `invalid-config`. */
  constructor(
    machine: PeerConnectionMachine & DrivenMachine<E>,
    driver: Driver<E>,
    config: GatheringConfig,
    onServerFault: (fault: ServerFault) => void,
  ) {
    this.#machine = machine;
    this.#driver = driver;
    this.#config = config;
    this.#ports = new Ports(config.portRange, nodeJitter.nextUnit());
    this.#servers = readServers(config.iceServers ?? []);
    this.#faultHook = onServerFault;
    this.#carriers = new RelayCarriers(machine, driver, config.tls, (message) =>
      this.#onServerFault({ code: 'server-untrusted', message }),
    );
    this.#names = new ConnectionNames(config.multicast ?? systemMulticast, {
      onResolved: (id, address) => {
        machine.nameResolved(monotonicNow(), id, address);
        driver.poke();
      },
      onFault: (fault) => this.#onServerFault(fault),
    });
    this.#egress = new EgressLearner({
      readCounters: config.readCounters ?? readTransmitCounters,
      sent: () => this.#packetsSent(),
      onLearned: (address, egress) => this.#handleLearned(address, egress),
    });
    this.#watch = new NetworkWatch({
      addresses: () => this.#presentAddresses(),
      onAppeared: (entry) => this.#follow(() => this.#handleAppeared(entry)),
      onVanished: (entry) => this.#follow(() => this.#handleVanished(entry)),
      onChanged: () => this.#egress.reopen(),
    });
  }

  /**
   * Opens a socket for every address and ends the candidates. Where there is none yet, and none was named, that waits for an
   * interface to come up.
   *
   * @returns false when no address that was named could be bound
   */
  async start(): Promise<boolean> {
    if (this.#started) return true;
    this.#started = true;
    this.#watch.prime();
    const servers = Promise.all(this.#servers.map((server) => this.#addServer(server)));
    const addresses = this.#config.addresses ?? this.#usableAddresses();
    // One by one: bases are numbered, and candidates ranked, in the order of the addresses.
    for (const entry of addresses) {
      await this.add(typeof entry === 'string' ? { address: entry } : configOf(entry)).catch(() => {
        if (typeof entry !== 'string' && 'interface' in entry) this.#watch.retry(entry);
      });
    }
    // Host candidates are told meanwhile: names may take their time.
    await servers;
    if (this.#isClosed) return true;
    if (this.#bases.length > 0) this.#end();
    else if (this.#config.addresses === undefined) this.#watch.start();
    else return false;
    return true;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#machine.endOfLocalCandidates(monotonicNow());
    this.#driver.poke();
  }

  /** Opens a socket on one more address. Rejects with the system's error. */
  async add(config: AddressConfig): Promise<void> {
    const { address, zone } = splitZone(config.address);
    if (zone !== undefined) this.#zones.set(address, zone);
    const opened = await this.#open(config.address, config.port);
    const { egress = this.#egress.egress(opened.address), networkCost } = config;
    const isKnown = this.#bases.some((entry) => entry.address === opened.address);
    await this.#hand(opened, config.egress !== undefined, { egress, networkCost });
    if (!isKnown || config.egress !== undefined) {
      const on = interfaceOf(config.address, this.#config.listAddresses ?? localAddresses);
      this.#egress.watch(opened.address, on, config.egress);
    }
    await this.#addTcp(config);
    this.#driver.poke();
  }

  /** Closes the sockets of an address: its paths are abandoned. */
  async remove(text: string): Promise<void> {
    const { address } = splitZone(text);
    const gone = this.#bases.filter((entry) => entry.address === address);
    this.#egress.drop(address);
    this.#zones.delete(address);
    for (const entry of gone) this.#bases.splice(this.#bases.indexOf(entry), 1);
    for (const { base } of gone) ifKnown(() => this.#machine.removeBase(monotonicNow(), base));
    this.#driver.poke();
    // All know before one is waited for: a connection that nobody answers any more takes its time to close.
    await Promise.all(gone.map(({ base }) => this.#driver.closeBase(base)));
  }

  /** Answers a `need-base` event with a fresh port on the same address, or a connection from it. */
  async provide({ id, address, egress, transport, server }: NeededBase): Promise<void> {
    const zone = this.#zones.get(address);
    const local = zone === undefined ? address : `${address}%${zone}`;
    if (server !== undefined && transport !== 'udp') {
      await this.#carriers.provide({ id, transport, server }, local);
      return;
    }
    try {
      const opened = await this.#open(local);
      if (!this.#bases.some((entry) => entry.address === opened.address)) {
        await this.#driver.closeBase(opened.base);
        throw new Error('the address is gone');
      }
      // What was learned while the socket was opened counts; what was declared, the event says.
      const known = this.#egress.egress(opened.address) ?? egress;
      const isDeclared = this.#bases.some((entry) => entry.address === opened.address && entry.isDeclared);
      await this.#hand(opened, isDeclared, { egress: isDeclared ? egress : known, spare: true, needId: id });
    } catch (error) {
      this.#machine.baseFailed(monotonicNow(), id, (error as Error).message);
    }
    this.#driver.poke();
  }

  /** Closes a socket that the machine has no use for any more. */
  release(base: BaseId): Promise<void> {
    const at = this.#bases.findIndex((entry) => entry.base === base);
    if (at >= 0) this.#bases.splice(at, 1);
    return this.#driver.closeBase(base);
  }

  /** The name that hides a local address. */
  hostName(address: string): string {
    return this.#names.hostName(address);
  }

  /** Answers a `need-name` event. */
  resolve({ id, name }: { readonly id: number; readonly name: string }): void {
    this.#names.resolve(id, name);
  }

  /** Addresses are followed only while there is a connection to use them. */
  handleConnectionState(state: string): void {
    if (state === 'connected') this.#watch.start();
    else if (state === 'closed') this.#watch.stop();
  }

  /** Packets are about to be handed to the system. */
  beforeSend(): void {
    this.#egress.beforeSend();
  }

  /** Ends what runs by itself, and resolves when names are taken back. Other sockets are the driver's to close. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#carriers.close();
    this.#watch.stop();
    this.#egress.close();
    return this.#names.close();
  }

  /** What comes to nothing because it was given up is no fault. */
  #onServerFault(fault: ServerFault): void {
    if (!this.#isClosed) this.#faultHook(fault);
  }

  async #addServer(server: NamedServer): Promise<void> {
    try {
      for (const resolved of await resolveServer(server)) this.#machine.addServer(monotonicNow(), resolved);
    } catch (error) {
      const message = `${server.type}:${server.host}: ${(error as Error).message}`;
      this.#onServerFault({ code: 'server-failed', message });
    }
    this.#driver.poke();
  }

  #open(address: string, port?: number, openSocket?: SocketFactory) {
    if (port !== undefined && port !== 0) return this.#driver.openBase(address, port, openSocket);
    return this.#ports.open((free) => this.#driver.openBase(address, free, openSocket));
  }

  /** TCP beside the socket of an address. What cannot be had is left out: datagrams do without. */
  async #addTcp({ address: local, port, egress: declared, networkCost }: AddressConfig): Promise<void> {
    for (const { tcpType, open } of tcpKinds(this.#config.iceTcp ?? 'active')) {
      try {
        const opened = await (tcpType === 'active'
          ? this.#driver.openBase(local, 0, open)
          : this.#open(local, port, open));
        if (!this.#bases.some((entry) => entry.address === opened.address)) {
          await this.#driver.closeBase(opened.base);
          return;
        }
        const egress = declared ?? this.#egress.egress(opened.address);
        const more = { transport: 'tcp', tcpType, egress, networkCost } as const;
        await this.#hand(opened, declared !== undefined, more);
      } catch (error) {
        this.#onServerFault({ code: 'tcp-unavailable', message: `${local}: ${(error as Error).message}` });
      }
    }
  }

  /** Gives a socket to the machine; one that it does not take is closed. */
  async #hand(opened: OpenedBase, isDeclared: boolean, more: BaseDetails): Promise<void> {
    const { base, address } = opened;
    this.#bases.push({ base, address, isDeclared, isStream: more.transport === 'tcp' });
    try {
      this.#machine.addBase(monotonicNow(), { ...opened, ...more });
    } catch (error) {
      this.#bases.splice(
        this.#bases.findIndex((entry) => entry.base === base),
        1,
      );
      await this.#driver.closeBase(base);
      throw error;
    }
  }

  #usableAddresses(): LocalAddress[] {
    return this.#presentAddresses().filter(({ isAvoided }) => isAvoided !== true);
  }

  #presentAddresses(): LocalAddress[] {
    const { listAddresses = localAddresses, includeLoopback, filter } = this.#config;
    const all = listAddresses({ includeLoopback });
    return filter === undefined ? all : all.filter(filter);
  }

  #follow(step: () => Promise<void>): void {
    // Addresses that were named are the caller's to add and remove.
    if (this.#config.addresses !== undefined) return;
    // One step that goes wrong must neither hold up those behind it nor end the process.
    this.#following = this.#following.then(step).catch(() => {});
  }

  async #handleAppeared(entry: LocalAddress): Promise<void> {
    if (entry.isAvoided === true || this.#bases.some(({ address }) => address === entry.address)) return;
    // An IPv6 address cannot be bound while others are asked whether they have it (RFC 4862 5.4): later, then.
    await this.add({ address: entry.address }).then(
      () => this.#end(),
      () => this.#watch.retry(entry),
    );
  }

  async #handleVanished(entry: LocalAddress): Promise<void> {
    // It may have moved to another interface, and its sockets with it. What is in use stays though it is avoided from now on:
    // a deprecated address serves connections that have it (RFC 4862 5.5.4).
    if (this.#presentAddresses().some(({ address }) => address === entry.address)) return;
    await this.remove(entry.address);
  }

  #packetsSent(): Map<string, number> {
    const sent = new Map<string, number>();
    for (const { base, address, isStream } of this.#bases) {
      if (isStream) continue;
      sent.set(address, (sent.get(address) ?? 0) + this.#driver.packetsSent(base));
    }
    return sent;
  }

  #handleLearned(address: string, egress: string | undefined): void {
    for (const entry of this.#bases) {
      if (entry.address !== address || entry.isDeclared) continue;
      ifKnown(() => this.#machine.setBaseEgress(monotonicNow(), entry.base, egress));
    }
    this.#driver.poke();
  }
}

/** The configuration without what gathering needs, and with the ciphers that are fastest on this machine. */
export function machineConfigOf<T extends GatheringConfig & { dtls?: object }>(
  config: T,
): Omit<T, keyof GatheringConfig> {
  const {
    addresses,
    includeLoopback,
    filter,
    portRange,
    iceServers,
    iceTcp,
    tls,
    mdnsCandidates,
    multicast,
    listAddresses,
    readCounters,
    ...rest
  } = config;
  return { ...rest, dtls: { cipherPreference: cipherPreference(), ...rest.dtls } };
}

function configOf(entry: AddressConfig | LocalAddress): AddressConfig {
  return 'interface' in entry ? { address: entry.address } : entry;
}
