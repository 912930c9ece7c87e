import { type Verdict, verdictName } from '@hawser/wire';
import { feedback, Status, video } from '../kit/lying-peer.ts';
import { TwoSessions } from '../kit/two-sessions.ts';

/** Two sessions that talk, of which A is given anything. A new pair when one is over. */
class UnderFire {
  two = UnderFire.#connect();
  #inputs = 0;

  static #connect(): TwoSessions {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 5 }] });
    two.runUntil(() => two.connected());
    two.run(300);
    return two;
  }

  /**
   * The first octet says how: as RTCP or RTP under the peer's own keys, as a hostile peer could send it, or as a datagram from a
   * checked flow or from elsewhere.
   */
  give(bytes: Uint8Array): string {
    if (!this.two.connected()) this.two = UnderFire.#connect();
    const { a, b } = this.two;
    const kind = (bytes[0] ?? 0) & 3;
    const body = bytes.slice(1);
    const packet = video(this.#inputs, this.#inputs * 3000);
    this.#inputs++;
    a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, 2));
    let said = 'queued';
    if (kind === 0) b.driver.act((session, now) => session.sendRtcp(now, body, 0, body.length));
    else if (kind === 1) b.driver.act((session, now) => session.sendRtp(now, body, 0, body.length, 2));
    else {
      const flow = kind === 2 ? this.#checkedFlow() : a.session.flows.intern(0, '203.0.113.9', 4444);
      const verdict: Verdict = a.driver.act((session, now) => session.handleDatagram(now, flow, body, 0, body.length));
      said = verdictName(verdict);
    }
    this.two.run(5);
    for (const side of [a, b]) {
      side.driver.events.length = 0;
      side.packets.length = 0;
    }
    return said;
  }

  #checkedFlow(): number {
    const path = this.two.a.session.getMultipathStats().paths.find(({ state }) => state === 'active');
    const [address, port] = (path?.remote ?? '').split(':');
    const base = Number((path?.local ?? '').split('.')[2]);
    return Math.max(0, this.two.a.session.flows.find(base, address, Number(port)));
  }
}

let underFire: UnderFire | undefined;

function seed(kind: number, body: Uint8Array): Uint8Array {
  return Uint8Array.of(kind, ...body);
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets = [
  {
    name: 'multipath',
    run(bytes: Uint8Array): string {
      underFire ??= new UnderFire();
      return underFire.give(bytes);
    },
    seeds: [
      // Nothing at all, as the first packet that a queue sees.
      seed(0, new Uint8Array(0)),
      seed(0, feedback({ base: 0, count: 20, symbol: Status.smallDelta, delta: () => 20 }, 0)),
      seed(0, feedback({ base: 10, count: 20, symbol: Status.largeDelta, delta: () => 200 }, 1)),
      seed(0, feedback({ base: 20, count: 20, symbol: Status.missing }, 2)),
      seed(1, video(1, 3000)),
      seed(2, Uint8Array.of(23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 1, 0, 30, ...new Uint8Array(30))),
      seed(3, Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12))),
    ],
  },
];
