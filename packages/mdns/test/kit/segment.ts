import { Driver, SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { MDNS_GROUP_V4, MDNS_GROUP_V6, MdnsAgent, type MdnsConfig, type MdnsEvent } from '../../src/index.ts';

/** A message that crossed the segment. */
export interface Crossing {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** How the segment treats messages. */
export interface SegmentOptions {
  readonly seed?: string | number;
  readonly delayMs?: number;
  /** 0 to 1, for each receiver. */
  readonly loss?: number;
}

/** One end of a segment. */
export interface End {
  readonly address: string;
  readonly agent: MdnsAgent;
  readonly driver: Driver<MdnsAgent>;
  readonly events: MdnsEvent[];
}

/** A link with any number of agents on virtual time: what goes to the group all hear, the sender too. */
export class Segment {
  readonly clock = new VirtualClock();
  readonly ends: End[] = [];
  readonly crossings: Crossing[] = [];
  readonly #random: SeededRandom;
  readonly #delayMs: number;
  loss: number;

  constructor({ seed = 1, delayMs = 1, loss = 0 }: SegmentOptions = {}) {
    this.#random = new SeededRandom(seed);
    this.#delayMs = delayMs;
    this.loss = loss;
  }

  /** A machine with one address on the segment, `192.0.2.x/24` or `2001:db8::x/64`. */
  add(address: string, config: MdnsConfig = {}): End {
    const agent = new MdnsAgent(config, simEnv(this.clock, this.#random.fork(address)));
    const events: MdnsEvent[] = [];
    const driver = new Driver(this.clock, address, agent, {
      transmit: ({ buffer, offset, length, flow }) =>
        this.#carry(address, agent.flows.address(flow), agent.flows.port(flow), buffer.slice(offset, offset + length)),
      event: (event) => events.push(event as MdnsEvent),
    });
    const family = address.includes(':') ? 6 : 4;
    driver.act((_, now) =>
      agent.addLink(now, { base: 0, family, addresses: [`${address}/${family === 4 ? 24 : 64}`] }),
    );
    const end = { address, agent, driver, events };
    this.ends.push(end);
    return end;
  }

  /** Says something to an end, as a neighbour would. Returns the verdict. */
  say(to: End, from: string, bytes: Uint8Array, port = 5353): number {
    return to.driver.act((agent, now) =>
      agent.handleDatagram(now, agent.flows.intern(0, from, port), bytes, 0, bytes.length),
    );
  }

  runFor(ms: number): void {
    this.clock.runFor(ms);
  }

  #carry(from: string, to: string, port: number, bytes: Uint8Array): void {
    this.crossings.push({ at: this.clock.now, from, to, port, bytes });
    const isGroup = to === MDNS_GROUP_V4 || to === MDNS_GROUP_V6;
    for (const end of this.ends) {
      if (!isGroup && to !== end.address) continue;
      if (this.#random.chance(this.loss)) continue;
      this.clock.scheduleIn(this.#delayMs, () => this.say(end, from, bytes));
    }
  }
}
