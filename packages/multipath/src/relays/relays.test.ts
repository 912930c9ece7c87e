import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { AttributeType, StunClass, StunMethod, StunReader, StunWriter, TransportAddress } from '@hawser/stun';
import { createSlot, resetSlot } from '@hawser/wire';
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

/** Takes the next packet to the server, if there is one, as the message that it is. */
function nextMessage(agent: RelayedAgent, now: number, slot = createSlot()): StunReader | undefined {
  resetSlot(slot);
  if (!agent.pollTransmit(now, slot)) return undefined;
  const reader = new StunReader();
  expect(reader.parse(slot.buffer, slot.offset, slot.length)).toBe(0);
  return reader;
}

/** The peers that a CreatePermission request names. */
function peersOf(reader: StunReader): string[] {
  const peers: string[] = [];
  const address = new TransportAddress();
  for (let more = reader.first(); more; more = reader.next()) {
    if (reader.type === AttributeType.xorPeerAddress && reader.xorAddress(address)) peers.push(address.text());
  }
  return peers;
}

function succeed(agent: RelayedAgent, now: number, request: StunReader): void {
  const bytes = new Uint8Array(200);
  const id = request.transactionIdOffset;
  const writer = new StunWriter().begin(bytes, 0, 200, StunClass.success, request.method as never, request.bytes, id);
  const flow = agent.flows.find(0, '198.51.100.1', 3478);
  agent.handleDatagram(now, flow, bytes, 0, writer.finish());
}

/** An agent whose relay was lent an address, and that knows its peer's credentials. */
function allocated(): RelayedAgent {
  const agent = asking();
  answer(agent, StunClass.success, (writer) => {
    writer.xorAddress(AttributeType.xorRelayedAddress, at('198.51.100.1', 5000));
    writer.u32(AttributeType.lifetime, 100_000);
  });
  agent.ice.setRemote(0, { ufrag: 'peer', pwd: 'p'.repeat(22) });
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

describe('a server that knows our port for something else', () => {
  it('is asked from two others, and then not for two minutes (RFC 8656 7.4)', () => {
    const agent = asking();
    const mismatch = () => answer(agent, StunClass.error, (writer) => void writer.errorCode(437));
    const needs: number[] = [];
    const collect = () => {
      for (let event = agent.pollEvent(); event !== undefined; event = agent.pollEvent()) {
        if (event.type === 'need-base') needs.push(event.id);
      }
    };
    mismatch();
    for (const base of [7, 8]) {
      collect();
      const needId = needs[needs.length - 1];
      expect(agent.relays.addCarrier(0, { base, address: '203.0.113.9', port: 4000 + base, needId })).toBe(true);
      mismatch();
    }
    collect();
    expect([needs.length, agent.relays.counters.failed]).toEqual([2, 3]);
    const next = agent.relays.pollTimeout();
    expect(next).toBeGreaterThanOrEqual(120_000);
    expect(next).toBeLessThanOrEqual(180_000);
    agent.handleTimeout(next);
    collect();
    expect(needs).toHaveLength(3);
  });
});

describe('a permission', () => {
  it('that is granted lets the check leave that waited for it', () => {
    const agent = allocated();
    const candidate = { foundation: '1', component: 1, transport: 'udp', type: 'host', priority: 1_000 } as const;
    expect(agent.ice.addRemoteCandidate(0, { ...candidate, address: '192.0.2.7', port: 7 })).toBe('added');
    agent.relays.permit(0, '192.0.2.7', 7);
    const request = nextMessage(agent, 0) as StunReader;
    expect([request.method, peersOf(request)]).toEqual([StunMethod.createPermission, ['192.0.2.7']]);
    for (let now = 0; now < 400; now += 20) {
      agent.handleTimeout(now);
      // The host's check goes; the relay's is refused.
      for (let more = true; more; ) more = nextMessage(agent, now) !== undefined;
    }
    expect(agent.relays.counters.unpermitted).toBe(1);
    succeed(agent, 400, request);
    const sent = nextMessage(agent, 400);
    expect(sent && [sent.method, peersOf(sent)]).toEqual([StunMethod.send, ['192.0.2.7']]);
    expect(nextMessage(agent, 400)).toBeUndefined();
  });

  it('for a peer that a restart has left behind is refreshed no more', () => {
    const agent = allocated();
    agent.relays.permit(0, '192.0.2.7', 7);
    agent.relays.permit(0, '192.0.2.8', 7);
    for (let one = nextMessage(agent, 0); one !== undefined; one = nextMessage(agent, 0)) succeed(agent, 0, one);
    agent.relays.beginGeneration();
    agent.relays.permit(0, '192.0.2.8', 9);
    agent.relays.permit(0, '192.0.2.9', 9);
    agent.relays.endGenerations(1_000);
    const asked: string[] = [];
    for (let now = 1_000; now < 700_000; now += 1_000) {
      agent.handleTimeout(now);
      for (let one = nextMessage(agent, now); one !== undefined; one = nextMessage(agent, now)) {
        if (one.method === StunMethod.createPermission) {
          asked.push(...peersOf(one));
          succeed(agent, now, one);
        }
      }
    }
    expect(new Set(asked)).toEqual(new Set(['192.0.2.8', '192.0.2.9']));
    expect(asked.filter((one) => one === '192.0.2.8').length).toBeGreaterThan(1);
  });
});

describe('what a server says after the end', () => {
  const close = (agent: RelayedAgent) => {
    agent.relays.close(10);
    agent.ice.close(10);
  };

  const answers: readonly [string, StunClass, (writer: StunWriter) => void][] = [
    [
      'an allocation',
      StunClass.success,
      (writer) => {
        writer.xorAddress(AttributeType.xorRelayedAddress, at('198.51.100.1', 5000));
        writer.u32(AttributeType.lifetime, 600);
      },
    ],
    ['a refusal', StunClass.error, (writer) => void writer.errorCode(403)],
    ['a mismatch', StunClass.error, (writer) => void writer.errorCode(437)],
  ];
  it.each(answers)('throws nobody: %s', (_, cls, write) => {
    const agent = asking();
    agent.relays.end();
    const request = nextMessage(agent, 0) as StunReader;
    const bytes = new Uint8Array(500);
    const id = request.transactionIdOffset;
    const writer = new StunWriter().begin(bytes, 0, 500, cls, StunMethod.allocate, request.bytes.slice(), id);
    write(writer);
    const length = writer.finish();
    close(agent);
    agent.handleDatagram(20, agent.flows.find(0, '198.51.100.1', 3478), bytes, 0, length);
    for (let now = 20; now < 100_000; now += 1_000) agent.relays.handleTimeout(now);
    while (agent.pollEvent() !== undefined);
  });

  it('throws nobody: a permission', () => {
    const agent = allocated();
    agent.relays.permit(0, '192.0.2.7', 7);
    const request = nextMessage(agent, 0) as StunReader;
    close(agent);
    succeed(agent, 20, request);
    while (nextMessage(agent, 20) !== undefined);
    for (let now = 20; now < 100_000; now += 1_000) agent.relays.handleTimeout(now);
  });
});
