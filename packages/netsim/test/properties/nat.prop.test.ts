import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Datagram, NAT_DEPENDENCES, Network, type SimSocket } from '../../src/index.ts';

/** A packet that went out: what RFC 4787 defines everything by. */
interface Sent {
  at: number;
  readonly internal: string;
  readonly address: string;
  readonly port: number;
  readonly external: number;
}

const TIMEOUT_MS = 1000;

/**
 * A NAT by the definitions of RFC 4787 4.1, 4.3 and 5, out of nothing but the list of packets that went out: slow, and to be
 * read beside the text.
 */
class Model {
  readonly mapping: string;
  readonly filtering: string;
  readonly inboundRefresh: boolean;
  readonly rules: string;
  readonly sent: Sent[] = [];

  constructor(mapping: string, filtering: string, inboundRefresh: boolean, rules: string) {
    this.mapping = mapping;
    this.filtering = filtering;
    this.inboundRefresh = inboundRefresh;
    this.rules = rules;
  }

  /** Packets whose mapping lives: each mapping lives a timeout longer than the last packet that it carried. */
  living(now: number): Sent[] {
    const last = new Map<string, number>();
    for (const { internal, external, at } of this.sent) {
      last.set(`${internal}/${external}`, Math.max(at, last.get(`${internal}/${external}`) ?? 0));
    }
    return this.sent.filter(
      ({ internal, external }) => now < (last.get(`${internal}/${external}`) as number) + TIMEOUT_MS,
    );
  }

  /** The external port that X:x has towards Y:y already; undefined when a new one is due. */
  reused(now: number, internal: string, address: string, port: number): number | undefined {
    const alike = this.living(now).filter((one) => {
      if (one.internal !== internal) return false;
      if (this.mapping === 'endpoint-independent') return true;
      if (this.mapping === 'address-dependent') return one.address === address;
      return one.address === address && one.port === port;
    });
    return alike.at(-1)?.external;
  }

  /** Who gets a packet from Y:y to an external port; undefined when it is kept out. */
  receiver(now: number, external: number, address: string, port: number): string | undefined {
    const living = this.living(now);
    const internal = living.find((one) => one.external === external)?.internal;
    if (internal === undefined) return undefined;
    const byRule = living.filter((one) => {
      return one.internal === internal && (this.rules === 'internal-endpoint' || one.external === external);
    });
    const allowed =
      this.filtering === 'endpoint-independent' ||
      byRule.some((one) => {
        return one.address === address && (this.filtering === 'address-dependent' || one.port === port);
      });
    if (!allowed) return undefined;
    if (this.inboundRefresh) for (const one of living) if (one.external === external) one.at = now;
    return internal;
  }

  /** Mappings drop their history when they end: what was sent by an old one says nothing about a new one. */
  forget(now: number): void {
    const living = new Set(this.living(now));
    this.sent.splice(0, this.sent.length, ...this.sent.filter((one) => living.has(one)));
  }
}

const remote = fc.record({ address: fc.constantFrom('192.0.2.1', '192.0.2.2'), port: fc.constantFrom(1, 2) });

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('out' as const), from: fc.nat(3), remote }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('in' as const), to: fc.nat(9), remote }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 300, 700, 1000) }) },
);

const behaviour = fc.record({
  mapping: fc.constantFrom(...NAT_DEPENDENCES),
  filtering: fc.constantFrom(...NAT_DEPENDENCES),
  filteringRules: fc.constantFrom('internal-endpoint' as const, 'mapping' as const),
  inboundRefresh: fc.boolean(),
  portAssignment: fc.constantFrom('preserving' as const, 'random' as const, 'sequential' as const),
});

it('does what the definitions say, whatever is sent, in whatever order, however long is waited', () => {
  fc.assert(
    fc.property(behaviour, fc.array(step, { maxLength: 40 }), (how, steps) => {
      const network = new Network('model');
      const cloud = network.addCloud();
      const nat = network.addNat('nat', { external: ['203.0.113.1'], mappingTimeoutMs: TIMEOUT_MS, ...how });
      cloud.attach(nat.outside);
      const got: { by: string; packet: Datagram }[] = [];
      const open = (name: string, address: string, ports: readonly number[]): SimSocket[] => {
        const host = network.addHost(name, { interfaces: [{ name: 'eth0', addresses: [address] }] });
        if (address.startsWith('10.')) nat.attach(host.interface('eth0'));
        else cloud.attach(host.interface('eth0'));
        return ports.map((port) =>
          host.bind(address, port, (packet) => {
            got.push({ by: `${address} ${port}`, packet });
          }),
        );
      };
      const inside = [...open('alice', '10.0.0.1', [5000, 5001]), ...open('anna', '10.0.0.2', [5000, 5001])];
      const outside = [...open('bob', '192.0.2.1', [1, 2]), ...open('carl', '192.0.2.2', [1, 2])];
      const model = new Model(how.mapping, how.filtering, how.inboundRefresh, how.filteringRules);
      const ports: number[] = [4999];

      for (const one of steps) {
        const now = network.clock.now;
        got.length = 0;
        model.forget(now);
        if (one.kind === 'wait') {
          network.clock.runFor(one.ms);
        } else if (one.kind === 'out') {
          const socket = inside[one.from];
          const internal = `${socket.address} ${socket.port}`;
          const { address, port } = one.remote;
          const reused = model.reused(now, internal, address, port);
          const taken = new Set(model.living(now).map(({ external }) => external));
          socket.send(new Uint8Array(1), 0, 1, address, port);
          network.clock.runFor(0);
          const external = got[0].packet.sourcePort;
          if (reused !== undefined) expect(external).toBe(reused);
          else expect(taken.has(external)).toBe(false);
          if (reused === undefined && how.portAssignment === 'preserving' && !taken.has(socket.port)) {
            expect(external).toBe(socket.port);
          }
          model.sent.push({ at: now, internal, address, port, external });
          ports.push(external);
        } else {
          const external = ports[one.to % ports.length];
          const socket = outside.find(
            ({ address, port }) => address === one.remote.address && port === one.remote.port,
          );
          const expected = model.receiver(now, external, one.remote.address, one.remote.port);
          socket?.send(new Uint8Array(1), 0, 1, '203.0.113.1', external);
          network.clock.runFor(0);
          expect(got[0]?.by).toBe(expected);
          if (got.length > 0) expect(got[0].packet.sourcePort).toBe(one.remote.port);
        }
        const living = model.living(network.clock.now);
        expect(nat.mappings).toBe(new Set(living.map(({ external }) => external)).size);
      }
    }),
    { numRuns: 300 },
  );
});
