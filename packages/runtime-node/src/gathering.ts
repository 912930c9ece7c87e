import type { PeerConnectionMachine } from '@hawser/webrtc';
import type { BaseId } from '@hawser/wire';
import { monotonicNow } from './clock.ts';
import type { AddressConfig, PeerConnectionConfig } from './config.ts';
import type { DrivenMachine, Driver } from './driver.ts';
import { localAddresses } from './interfaces.ts';

interface OpenBase {
  readonly base: BaseId;
  readonly address: string;
}

/** A socket that the machine asked for. */
export interface NeededBase {
  readonly id: number;
  readonly address: string;
  readonly egress: string | undefined;
}

/** Opens the sockets of a connection: one for each address, and spare ones when the machine asks. */
export class Gathering<E extends { readonly type: string }> {
  readonly #machine: PeerConnectionMachine;
  readonly #driver: Driver<E>;
  readonly #addresses: readonly AddressConfig[];
  readonly #bases: OpenBase[] = [];
  #started = false;

  constructor(machine: PeerConnectionMachine & DrivenMachine<E>, driver: Driver<E>, config: PeerConnectionConfig) {
    this.#machine = machine;
    this.#driver = driver;
    const addresses = config.addresses ?? localAddresses({ includeLoopback: config.includeLoopback });
    this.#addresses = addresses.map((entry) => (typeof entry === 'string' ? { address: entry } : entry));
  }

  /** Opens a socket for every address and ends the candidates. Resolves with the number of sockets. */
  async start(): Promise<number> {
    if (this.#started) return this.#bases.length;
    this.#started = true;
    // One by one: bases are numbered, and candidates ranked, in the order of the addresses.
    for (const address of this.#addresses) await this.add(address).catch(() => undefined);
    this.#machine.endOfLocalCandidates(monotonicNow());
    this.#driver.poke();
    return this.#bases.length;
  }

  /** Opens a socket on one more address. Rejects with the system's error. */
  async add({ address, port = 0, egress, networkCost }: AddressConfig): Promise<void> {
    const opened = await this.#driver.openBase(address, port);
    this.#bases.push({ base: opened.base, address });
    this.#machine.addBase(monotonicNow(), { ...opened, egress, networkCost });
    this.#driver.poke();
  }

  /** Closes the sockets of an address: its paths are abandoned. */
  async remove(address: string): Promise<void> {
    const gone = this.#bases.filter((entry) => entry.address === address);
    for (const { base } of gone) {
      this.#bases.splice(
        this.#bases.findIndex((entry) => entry.base === base),
        1,
      );
      this.#machine.removeBase(monotonicNow(), base);
      this.#driver.poke();
      await this.#driver.closeBase(base);
    }
  }

  /** Answers a `need-base` event with a fresh port on the same address. */
  async provide({ id, address, egress }: NeededBase): Promise<void> {
    try {
      const opened = await this.#driver.openBase(address);
      this.#bases.push({ base: opened.base, address });
      this.#machine.addBase(monotonicNow(), { ...opened, egress, spare: true, needId: id });
    } catch (error) {
      this.#machine.baseFailed(monotonicNow(), id, (error as Error).message);
    }
    this.#driver.poke();
  }
}
