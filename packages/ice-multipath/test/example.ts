import { IceAgent } from '@hawser/ice-multipath';
import { createSlot, type Env, FlowTable, type Slot } from '@hawser/wire';

/** Two agents in one process, each other's network: every pair becomes a path. */
export function connect(envOf: (name: string) => Env): string[] {
  const [a, b] = ['a', 'b'].map((name, side) => {
    const flows = new FlowTable();
    const agent = new IceAgent({ flows, role: side === 0 ? 'controlling' : 'controlled' }, envOf(name));
    for (const base of [0, 1])
      agent.addBase(0, { base, address: `10.${side}.${base}.1`, port: 5000, egress: `if${base}` });
    return { agent, flows, side };
  });
  for (const [to, from] of [
    [a, b],
    [b, a],
  ]) {
    to.agent.setRemote(0, from.agent.localParameters);
    for (let event = from.agent.pollEvent(); event !== undefined; event = from.agent.pollEvent())
      if (event.type === 'candidate') to.agent.addRemoteCandidate(0, event.candidate);
  }
  const deliver = (from: typeof a, to: typeof a, now: number, { buffer, offset, length, flow }: Slot) => {
    const [, , base] = from.flows.address(flow).split('.').map(Number);
    const source = to.flows.intern(base, `10.${from.side}.${from.flows.base(flow)}.1`, 5000);
    to.agent.handleDatagram(now, source, buffer, offset, length);
  };
  for (let now = 0; now < 1000; now = Math.min(a.agent.pollTimeout(), b.agent.pollTimeout())) {
    const slot = createSlot();
    for (const [from, to] of [
      [a, b],
      [b, a],
      [a, b],
      [b, a],
    ]) {
      from.agent.handleTimeout(now);
      while (from.agent.pollTransmit(now, slot)) deliver(from, to, now, slot);
    }
  }
  return [...a.agent.paths()].map((path) => `${path} ${a.agent.pathState(path)}`);
}
