import { checkMachineLaw, type LawStep, MACHINE_LAWS, type MachineLawSetup } from '@hawser/netsim';
import { type Env, FlowTable, type Slot } from '@hawser/wire';
import { describe, it } from 'vitest';
import { IceAgent, type IceConfig, type IceEvent } from '../../src/index.ts';
import { hostCandidate } from './world.ts';

const BASES = [0, 1];
const PORT = 5_000;
const PWD = { a: 'passwordofapasswordofa00', b: 'passwordofbpasswordofb00' } as const;
const UFRAG = { a: 'AAAAAAAA', b: 'BBBBBBBB' } as const;

const addressOf = (side: 'a' | 'b', base: number): string => `10.${side === 'a' ? 1 : 2}.${base}.1`;

/** An agent with its flow table at hand, that keeps what anyone may provoke (fault reports) to itself. */
class LawAgent extends IceAgent {
  readonly flows: FlowTable;

  constructor(config: IceConfig, env: Env) {
    super(config, env);
    this.flows = config.flows;
  }

  override pollEvent(): IceEvent | undefined {
    for (;;) {
      const event = super.pollEvent();
      const code = event?.type === 'error' ? event.error.code : undefined;
      if (code !== 'bad-integrity' && code !== 'wrong-ufrag') return event;
    }
  }
}

function setup(name: string, config: Partial<IceConfig>, withClose: boolean): MachineLawSetup<LawAgent> {
  let latest: { a: LawAgent; b: LawAgent };
  const make = (side: 'a' | 'b', env: Env): LawAgent => {
    const flows = new FlowTable(128);
    const agent = new LawAgent(
      {
        flows,
        role: side === 'a' ? 'controlling' : 'controlled',
        localUfrag: UFRAG[side],
        localPwd: PWD[side],
        spareBases: 0,
        answerHoldMs: 0,
        ...config,
      },
      env,
    );
    latest = { ...latest, [side]: agent };
    return agent;
  };
  const start =
    (side: 'a' | 'b'): LawStep<LawAgent, LawAgent>['run'] =>
    (machines, now) => {
      const agent = machines[side];
      const other = side === 'a' ? 'b' : 'a';
      for (const base of BASES) {
        agent.addBase(now, { base, address: addressOf(side, base), port: PORT + base, egress: `if${base}` });
      }
      agent.endOfLocalCandidates(now);
      agent.setRemote(now, { ufrag: UFRAG[other], pwd: PWD[other] });
      for (const base of BASES) {
        agent.addRemoteCandidate(now, hostCandidate(addressOf(other, base), PORT + base, { foundation: `${base}` }));
      }
      agent.endOfRemoteCandidates(now);
    };
  const script: LawStep<LawAgent, LawAgent>[] = [
    { atMs: 0, run: start('a') },
    { atMs: 30, run: start('b') },
    { atMs: 2_000, run: ({ a }, now) => a.probe(now) },
    { atMs: 2_500, run: ({ b }, now) => b.pathState(0) && b.suspect(now, 0, 'feedback') },
  ];
  if (withClose) {
    script.push({ atMs: 4_000, run: ({ a }, now) => a.close(now) }, { atMs: 4_000, run: ({ b }, now) => b.close(now) });
  }
  return {
    name,
    makeA: (env) => make('a', env),
    makeB: (env) => make('b', env),
    script,
    durationMs: 6_000,
    paths: [{ delayMs: 10 }, { delayMs: 25 }],
    route(side: 'a' | 'b', slot: Slot) {
      const from = latest[side].flows;
      const to = latest[side === 'a' ? 'b' : 'a'].flows;
      const base = from.base(slot.flow);
      const remoteBase = Number(from.address(slot.flow).split('.')[2]);
      return { path: base, from: to.intern(remoteBase, addressOf(side, base), PORT + base) };
    },
    state: (_side, machine) => [...machine.paths()].map((path) => [path, machine.pathState(path)]),
    quiet: { withinMs: 60_000, packetsPerSecond: 100 },
    resistsForgery: true,
    sizeOf: (machine) => [...machine.paths()].length + machine.flows.size,
    sizeLimit: 16 + 128,
  };
}

describe.each([
  ['two Hawser agents', {}, false],
  ['two plain agents', { hawser: false }, false],
  ['two agents that close', { nomination: 'renominate' }, true],
] as const)('%s keep the laws', (name, config, withClose) => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    for (const seed of [1, 2]) checkMachineLaw(law, setup(name, config, withClose), seed);
  });
});
