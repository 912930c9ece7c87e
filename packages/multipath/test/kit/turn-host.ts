import { FlowDriver, type SeededRandom, type SimHost, simEnv } from '@hawser/netsim';
import { TurnServer, type TurnServerConfig } from '@hawser/turn';
import { FlowTable } from '@hawser/wire';

export const TURN_USER = { username: 'alice', password: 'correct horse' } as const;

/** Where a {@link TurnHost} takes clients that come by TCP or TLS. */
export const STREAM_PORT = 3_479;

/** A TURN server on a host of the simulation, at its first address. */
export class TurnHost {
  readonly driver: FlowDriver<TurnServer>;
  readonly address: string;
  #nextBase = 10;

  constructor(host: SimHost, random: SeededRandom, config: Partial<TurnServerConfig> = {}) {
    const flows = new FlowTable(4_096);
    this.address = host.interfaces[0].addresses[0];
    const machine = new TurnServer(
      {
        flows,
        realm: 'example.org',
        users: { [TURN_USER.username]: TURN_USER.password },
        // The networks of the simulation are documentation prefixes.
        peers: { allow: ['203.0.113.0/24', '10.0.0.0/8'] },
        ...config,
      },
      simEnv(host.clock, random),
    );
    this.driver = new FlowDriver(host, machine, flows, {
      onEvent: (event) => {
        if (event.type === 'release-relay') this.driver.closeBase(event.base);
        if (event.type !== 'need-relay') return;
        const base = this.#nextBase++;
        const { port } = this.driver.openBase(base, this.address);
        this.driver.act((server, now) => server.addRelay(now, event.id, { base, address: this.address, port }));
      },
    });
    this.driver.openBase(1, this.address, 3_478);
    this.driver.act((server, now) => server.addListener(now, { base: 1, address: this.address }));
    // A stream that loses nothing, and whose messages are datagrams: framing is the runtime's.
    this.driver.openBase(2, this.address, STREAM_PORT);
    this.driver.act((server, now) => server.addListener(now, { base: 2, address: this.address, isStream: true }));
  }
}
