import type { PeerConnectionMachine } from '@hawser/webrtc';
import type { BaseId } from '@hawser/wire';
import { monotonicNow } from './clock.ts';
import type { Driver } from './driver.ts';
import { ifKnown } from './if-known.ts';
import { openTurnConnection, type TlsConfig, type TurnConnectionError } from './streams/turn-connection.ts';

/** A connection to a TURN server that the machine asked for. */
export interface NeededConnection {
  readonly id: number;
  readonly transport: 'tcp' | 'tls';
  readonly server: { readonly address: string; readonly port: number; readonly name: string };
}

/** The connections to TURN servers: made when the machine asks, and told of when they die. */
export class RelayCarriers<E extends { readonly type: string }> {
  readonly #machine: PeerConnectionMachine;
  readonly #driver: Driver<E>;
  readonly #tls: TlsConfig | undefined;
  readonly #onUntrusted: (message: string) => void;
  readonly #closing = new AbortController();

  /** @param onUntrusted a server's certificate is not its own: somebody should look */
  constructor(
    machine: PeerConnectionMachine,
    driver: Driver<E>,
    tls: TlsConfig | undefined,
    onUntrusted: (message: string) => void,
  ) {
    this.#machine = machine;
    this.#driver = driver;
    this.#tls = tls;
    this.#onUntrusted = onUntrusted;
  }

  /** Answers the need with `addBase` or `baseFailed`. @param localAddress with its zone */
  async provide({ id, transport, server }: NeededConnection, localAddress: string): Promise<void> {
    let base: BaseId | undefined;
    let isGone = false;
    const handleGone = () => {
      isGone = true;
      if (base !== undefined) this.#lose(base);
    };
    const target = { transport, ...server, ...(this.#tls && { tls: this.#tls }) };
    try {
      const opened = await this.#driver.openBase(localAddress, 0, (address, _port, handlers) =>
        openTurnConnection(address, target, handlers, handleGone, this.#closing.signal),
      );
      this.#machine.addBase(monotonicNow(), { ...opened, needId: id });
      base = opened.base;
      if (isGone) this.#lose(base);
    } catch (error) {
      const { message, isUntrusted } = error as TurnConnectionError;
      const where = `${transport === 'tls' ? 'turns' : 'turn'}:${server.name}:${server.port}`;
      if (isUntrusted === true) this.#onUntrusted(`${where}: ${message}`);
      this.#machine.baseFailed(monotonicNow(), id, `${where}: ${message}`);
    }
    this.#driver.poke();
  }

  /** Gives up what is being connected. Connections that are made are the driver's to close. */
  close(): void {
    this.#closing.abort();
  }

  #lose(base: BaseId): void {
    // It may have given the base up itself, in the same turn of the event loop.
    ifKnown(() => this.#machine.removeBase(monotonicNow(), base));
    this.#driver.poke();
    void this.#driver.closeBase(base);
  }
}
