import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { AttributeType, StunClass, StunMethod, StunReader, StunWriter, TransportAddress } from '@hawser/stun';
import { createSlot } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { RelayedAgent } from '../../test/kit/relayed-agent.ts';

/** An agent with one socket that has just asked one TURN server. */
function asking(): RelayedAgent {
  const agent = new RelayedAgent({ role: 'controlling' }, simEnv(new VirtualClock(), new SeededRandom('relays')));
  const base = { base: 0, address: '203.0.113.9', port: 4000 };
  agent.ice.addBase(0, base);
  agent.relays.addBase(0, base);
  agent.relays.addServer(0, { address: '198.51.100.1', port: 3478, username: 'u', password: 'p' });
  return agent;
}

/** Answers the next Allocate request; where it went to, or undefined when there is none. */
function answer(
  agent: RelayedAgent,
  cls: typeof StunClass.success | typeof StunClass.error,
  write: (writer: StunWriter) => void,
): string | undefined {
  const slot = createSlot();
  if (!agent.relays.pollTransmit(0, slot)) return undefined;
  const reader = new StunReader();
  reader.parse(slot.buffer, slot.offset, slot.length);
  const bytes = new Uint8Array(500);
  const id = reader.transactionIdOffset;
  const writer = new StunWriter().begin(bytes, 0, 500, cls, StunMethod.allocate, slot.buffer, id);
  write(writer);
  agent.handleDatagram(0, slot.flow, bytes, 0, writer.finish());
  return `${agent.flows.address(slot.flow)}:${agent.flows.port(slot.flow)}`;
}

function at(text: string, port: number): TransportAddress {
  const address = new TransportAddress();
  address.set(text, port);
  return address;
}

describe('a TURN server', () => {
  it.each([
    ['an empty password', { username: 'u', password: '' }],
    ['a password of zeros', { username: 'u', password: '\0' }],
    ['a user name of 600 bytes', { username: 'u'.repeat(600), password: 'p' }],
  ])('with %s is refused when it is named, not when a socket comes', (_, login) => {
    const agent = new RelayedAgent({ role: 'controlling' }, simEnv(new VirtualClock(), new SeededRandom('relays')));
    const server = { address: '198.51.100.1', port: 3478, ...login };
    expect(() => agent.relays.addServer(0, server)).toThrow(expect.objectContaining({ code: 'bad-config' }));
    agent.relays.addBase(0, { base: 0, address: '203.0.113.9', port: 4000 });
  });

  it('that lends port 0 lends nothing, and throws nobody', () => {
    const agent = asking();
    answer(agent, StunClass.success, (writer) => {
      writer.xorAddress(AttributeType.xorRelayedAddress, at('198.51.100.1', 0));
      writer.u32(AttributeType.lifetime, 600);
    });
    expect(agent.relays.counters).toMatchObject({ allocated: 0, failed: 1 });
  });

  it.each([
    ['two servers that send us to and fro', (n: number) => at(`198.51.100.${2 + (n % 2)}`, 3478), 3],
    ['servers that always know another', (n: number) => at('198.51.100.1', 4000 + n), 4],
    ['a server that names itself', () => at('198.51.100.1', 3478), 1],
    ['a server that names port 0', () => at('198.51.100.2', 0), 1],
  ])('%s: we follow only so far (RFC 8489 10)', (_, alternate, requests) => {
    const agent = asking();
    let asked = 0;
    const sendOn = (): string | undefined =>
      answer(agent, StunClass.error, (writer) => {
        writer.errorCode(300);
        writer.address(AttributeType.alternateServer, alternate(asked));
      });
    while (asked < 20 && sendOn() !== undefined) asked++;
    expect(asked).toBe(requests);
    expect(agent.relays.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });
});
