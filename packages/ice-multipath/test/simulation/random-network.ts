import {
  type Cloud,
  FlowDriver,
  NAT_DEPENDENCES,
  type NatDependence,
  Network,
  SeededRandom,
  simEnv,
} from '@hawser/netsim';
import { FlowTable } from '@hawser/wire';
import { IceAgent, type IceConfig, type IceEvent } from '../../src/index.ts';
import { StunServerHost } from './stun-server.ts';

interface Nat {
  readonly mapping: NatDependence;
  readonly filtering: NatDependence;
}

/** One interface of the plan. */
interface Access {
  readonly inside: string;
  /** Address by which the other side may know it. */
  readonly outside: string;
  /** Undefined: nothing is in the way. */
  readonly nat: Nat | undefined;
  readonly isDead: boolean;
  readonly delayMs: number;
  readonly loss: number;
}

interface Plan {
  readonly a: readonly Access[];
  readonly b: readonly Access[];
  readonly config: Partial<IceConfig>;
  readonly bStartsMs: number;
  readonly signalMs: number;
}

/** What a random network showed. */
export interface RandomOutcome {
  /** Pairs of interfaces that can carry packets both ways, and those of them that did not become a path on both sides. */
  readonly possible: number;
  readonly missing: readonly string[];
  /** Paths between interfaces that cannot talk, by theory. */
  readonly impossible: readonly string[];
  /** Paths that a nomination closed. */
  readonly closedByNomination: number;
}

const STUN = '198.51.100.1';
const ANY: Nat = { mapping: 'endpoint-independent', filtering: 'endpoint-independent' };

/** Whether two hosts behind these can talk without a relay, from the definitions of RFC 4787 4.1 and 5. */
export function connects(a: Nat, b: Nat): boolean {
  // One whose mapping depends on the destination is seen by the peer at a port that nobody could tell before: its checks
  // get in only where the other filter does not look at the port.
  const letsIn = (from: Nat, to: Nat): boolean =>
    from.mapping === 'endpoint-independent' || to.filtering !== 'address-and-port-dependent';
  // Where both take another port for every port of the other, each answer comes from yet another one, for ever.
  const chase = [a, b].every(({ mapping }) => mapping === 'address-and-port-dependent');
  return letsIn(a, b) && letsIn(b, a) && !chase;
}

/** Two agents on a network drawn from a seed: interfaces, NATs, delays, losses, dead links, modes, moments. */
export function runRandomNetwork(seed: number, runMs = 25_000): RandomOutcome {
  const network = new Network(`random ${seed}`);
  const plan = draw(new SeededRandom(`plan ${seed}`));
  const cloud = network.addCloud();
  const server = network.addHost('stun', { interfaces: [{ name: 'eth0', addresses: [STUN] }] });
  cloud.attach(server.interfaces[0], { delayMs: 5 });
  new StunServerHost(server, STUN);

  const sides = {
    a: makeSide(network, cloud, 'a', plan, (event, at) => log.a.push({ event, at })),
    b: makeSide(network, cloud, 'b', plan, (event, at) => log.b.push({ event, at })),
  };
  const log: Record<'a' | 'b', { event: IceEvent; at: number }[]> = { a: [], b: [] };
  for (const name of ['a', 'b'] as const) {
    const own = sides[name];
    const other = sides[name === 'a' ? 'b' : 'a'];
    own.tell = (event) =>
      network.clock.scheduleIn(plan.signalMs, () => {
        if (event.type === 'candidate') other.driver.act((m, now) => m.addRemoteCandidate(now, event.candidate));
        else if (event.type === 'end-of-candidates') other.driver.act((m, now) => m.endOfRemoteCandidates(now));
      });
    network.clock.scheduleIn(name === 'b' ? plan.bStartsMs : 0, () => {
      const described = own.agent.localParameters;
      network.clock.scheduleIn(plan.signalMs - 1, () => other.driver.act((m, now) => m.setRemote(now, described)));
      own.start();
    });
  }
  network.clock.runUntil(plan.bStartsMs + runMs);

  const missing: string[] = [];
  const impossible: string[] = [];
  let possible = 0;
  for (const [i, mine] of plan.a.entries()) {
    for (const [j, theirs] of plan.b.entries()) {
      const can = !mine.isDead && !theirs.isDead && connects(mine.nat ?? ANY, theirs.nat ?? ANY);
      const has = [hasPath(sides.a.agent, i, theirs), hasPath(sides.b.agent, j, mine)];
      const what = `seed ${seed}: ${describe(mine)} to ${describe(theirs)}: ${has}`;
      if (can) possible++;
      if (can && has.includes(false)) missing.push(what);
      if (!can && has.includes(true)) impossible.push(what);
    }
  }
  const closedByNomination = [...log.a, ...log.b].filter(
    ({ event }) => event.type === 'path' && event.why === 'not-nominated',
  ).length;
  return { possible, missing, impossible, closedByNomination };
}

function hasPath(agent: IceAgent, base: number, { inside, outside }: Access): boolean {
  return [...agent.paths()].some((path) => {
    const info = agent.pathStats(path);
    const isThere = info.remoteAddress === inside || info.remoteAddress === outside;
    return info.base === base && isThere && ['active', 'standby', 'suspect', 'wary'].includes(info.state);
  });
}

function makeSide(
  network: Network,
  cloud: Cloud,
  name: 'a' | 'b',
  plan: Plan,
  note: (event: IceEvent, at: number) => void,
) {
  const accesses = plan[name];
  const interfaces = accesses.map(({ inside }, i) => ({ name: `${name}${i}`, addresses: [inside] }));
  const host = network.addHost(name, { interfaces });
  for (const [i, { nat, outside, delayMs, loss, isDead }] of accesses.entries()) {
    const edge = host.interfaces[i];
    if (nat === undefined) {
      const link = cloud.attach(edge, { delayMs, loss });
      if (isDead) link.cut();
      continue;
    }
    const box = network.addNat(`nat ${edge.name}`, { ...nat, portAssignment: 'random', external: [outside] });
    const link = cloud.attach(box.outside, { delayMs, loss });
    if (isDead) link.cut();
    box.attach(edge, { delayMs: 1 });
  }
  const flows = new FlowTable();
  const role = name === 'a' ? 'controlling' : 'controlled';
  const env = simEnv(network.clock, network.random.fork(name));
  const agent = new IceAgent({ flows, role, spareBases: 0, ...plan.config }, env);
  const side = {
    agent,
    tell: (_event: IceEvent): void => {},
    driver: new FlowDriver<IceAgent>(host, agent, flows, {
      onEvent: (event) => {
        note(event, network.clock.now);
        side.tell(event);
      },
    }),
    start(): void {
      for (const [base, { inside }] of accesses.entries()) {
        const { port } = side.driver.openBase(base, inside);
        side.driver.act((m, now) => {
          m.addBase(now, { base, address: inside, port, egress: host.interfaces[base].name });
          m.addServer(now, { address: STUN, port: 3_478 });
        });
      }
      side.driver.act((m, now) => m.endOfLocalCandidates(now));
    },
  };
  return side;
}

function draw(random: SeededRandom): Plan {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.nextUnit() * items.length)];
  const accesses = (net: number): Access[] =>
    Array.from({ length: 1 + Math.floor(random.nextUnit() * 3) }, (_, i) => {
      const outside = `203.0.113.${net * 10 + i}`;
      const nat =
        random.nextUnit() < 0.3 ? undefined : { mapping: pick(NAT_DEPENDENCES), filtering: pick(NAT_DEPENDENCES) };
      return {
        inside: nat === undefined ? outside : `10.${net}.${i}.1`,
        outside,
        nat,
        isDead: random.nextUnit() < 0.1,
        delayMs: 1 + Math.floor(random.nextUnit() * 80),
        loss: pick([0, 0, 0.01, 0.05]),
      };
    });
  return {
    a: accesses(1),
    b: accesses(2),
    config: {
      hawser: random.nextUnit() < 0.5,
      nomination: pick(['auto', 'suppress', 'nominate-one-keep-all', 'renominate']),
      activePaths: pick(['disjoint', 'all']),
    },
    bStartsMs: pick([0, 0, 500, 10_000]),
    signalMs: 5 + Math.floor(random.nextUnit() * 300),
  };
}

function describe({ nat, isDead }: Access): string {
  return `${isDead ? 'dead ' : ''}${nat === undefined ? 'public' : `${nat.mapping}/${nat.filtering}`}`;
}
