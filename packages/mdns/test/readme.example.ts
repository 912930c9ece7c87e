import { MdnsAgent, type MdnsEvent } from '@hawser/mdns';
import { createSlot, type Env } from '@hawser/wire';

/** An agent on one interface; `send` puts bytes on the wire from port 5353, `hear` takes what came from there. */
export function multicastDns(env: Env, send: (bytes: Uint8Array, address: string, port: number) => void) {
  const agent = new MdnsAgent({}, env);
  agent.addLink(env.now, { base: 0, family: 4, addresses: ['192.0.2.1/24'] });
  const slot = createSlot();
  const drain = (now: number): MdnsEvent[] => {
    while (agent.pollTransmit(now, slot)) {
      const { flows } = agent;
      send(slot.buffer.slice(slot.offset, slot.offset + slot.length), flows.address(slot.flow), flows.port(slot.flow));
    }
    return Array.from({ length: 64 }, () => agent.pollEvent()).filter((event) => event !== undefined);
  }; // then call handleTimeout at agent.pollTimeout()
  const hear = (now: number, bytes: Uint8Array, address: string, port: number) =>
    agent.handleDatagram(now, agent.flows.intern(0, address, port), bytes, 0, bytes.length);
  return { agent, drain, hear }; // agent.register(now, '192.0.2.1'), agent.resolve(now, name)
}
