import { describe, expect, it } from 'vitest';
import type { PeerConnectionConfig, SessionDescription } from '../src/index.ts';
import { candidatesOf, eventsOf, makePeer, type Peer, setRemote } from './support/peers.ts';

type Config = Partial<PeerConnectionConfig>;

const NAME = '1f4712db-ea17-4bcf-a596-105139dfd8bf.local';
const OTHER = '2579ef4b-50ae-4bfe-95af-70b3376ecb9c.local';
const line = (address: string, port = 54_596) => `candidate:1 1 udp 2122262783 ${address} ${port} typ host`;

/** A peer with an agreement, and what it asked for since. */
function agreed(config: Config = { mdnsNames: 'any' }) {
  const a = makePeer(1);
  const b = makePeer(2, config);
  a.machine.createDataChannel(0, { label: 'x' });
  a.machine.setLocalDescription(0);
  setRemote(b, local(a));
  b.machine.setLocalDescription(0);
  const add = (address: string, port?: number) =>
    b.machine.addIceCandidate(0, { candidate: line(address, port), sdpMid: '0' });
  return { a, b, add };
}

/** What was asked for since the last time. */
function asked(peer: Peer): { id: number; name: string }[] {
  const events = eventsOf(peer, 'need-name');
  peer.events.length = 0;
  return events;
}

const local = (peer: Peer): SessionDescription => peer.machine.localDescription as SessionDescription;

describe('a remote candidate with a name', () => {
  it('is asked for once, and its candidates go to the transport with the address', () => {
    const { b, add } = agreed();
    expect(add(NAME)).toBeUndefined();
    add(NAME.toUpperCase().replace('LOCAL', 'local'), 54_597);
    add(NAME);
    const [need, ...more] = asked(b);
    expect(more).toEqual([]);
    expect(need.name).toBe(NAME);
    expect(b.session.remoteCandidates).toEqual([]);
    b.machine.nameResolved(5, need.id, '192.0.2.9');
    expect(b.session.remoteCandidates).toMatchObject([
      { address: '192.0.2.9', port: 54_596, type: 'host', isNamed: true },
      { address: '192.0.2.9', port: 54_597, isNamed: true },
    ]);
    // Known from now on; and the application still sees the name.
    add(NAME, 54_598);
    expect(asked(b)).toEqual([]);
    expect(b.session.remoteCandidates).toHaveLength(3);
    expect(b.machine.remoteDescription?.sdp).toContain(NAME);
    expect(b.machine.remoteDescription?.sdp).not.toContain('192.0.2.9');
  });

  it('keeps the end of the candidates waiting, also when it has no address', () => {
    const { b, add } = agreed();
    add(NAME);
    add(OTHER);
    b.machine.addIceCandidate(0, null);
    const [first, second] = asked(b);
    expect(b.session.isRemoteEnd).toBe(false);
    b.machine.nameResolved(5, first.id, '192.0.2.9');
    expect(b.session.isRemoteEnd).toBe(false);
    b.machine.nameResolved(5_000, second.id, undefined);
    expect(b.session.isRemoteEnd).toBe(true);
    expect(b.session.remoteCandidates).toHaveLength(1);
    expect(b.machine.counters.candidatesUnresolved).toBe(1);
    // Nobody asks again for what has none.
    add(OTHER, 54_600);
    expect(asked(b)).toEqual([]);
    expect(b.machine.counters.candidatesUnresolved).toBe(2);
  });

  it('in a description is asked for when the transport starts', () => {
    const a = makePeer(1, { hostName: () => NAME });
    const b = makePeer(2, { mdnsNames: 'uuid' });
    a.machine.createDataChannel(0, { label: 'x' });
    a.machine.addBase(0, { base: 0, address: '192.0.2.1', port: 4000 });
    a.machine.endOfLocalCandidates(0);
    a.machine.setLocalDescription(0);
    const offer = local(a);
    expect(offer.sdp).toContain(NAME);
    expect(offer.sdp).not.toContain('192.0.2.1');
    // Neither in the lines that say where media goes by default (draft 3.1.2.4).
    expect(offer.sdp).toContain('c=IN IP4 0.0.0.0');
    setRemote(b, offer);
    expect(asked(b)).toEqual([]);
    b.machine.setLocalDescription(0);
    const [need] = asked(b);
    expect(b.session.isRemoteEnd).toBe(false);
    b.machine.nameResolved(1, need.id, '192.0.2.1');
    expect(b.session.remoteCandidates).toMatchObject([{ address: '192.0.2.1', port: 4000 }]);
    expect(b.session.isRemoteEnd).toBe(true);
  });

  it.each<[string, Config, string, 'asked' | 'ignored' | 'session']>([
    ['of one label', { mdnsNames: 'any' }, 'printer.local', 'asked'],
    ['that is no UUID, where only those are taken', { mdnsNames: 'uuid' }, 'printer.local', 'ignored'],
    ['that is a UUID', { mdnsNames: 'uuid' }, NAME, 'asked'],
    ['of a label that no host has', { mdnsNames: 'any' }, '-printer.local', 'session'],
    ['of two labels', { mdnsNames: 'any' }, 'a.b.local', 'session'],
    ['of the other DNS', { mdnsNames: 'any' }, 'example.org', 'session'],
    ['where nobody resolves any', { mdnsNames: 'none' }, NAME, 'session'],
    ['where only relays are used', { mdnsNames: 'any', ice: { candidatePolicy: 'relay' } }, NAME, 'ignored'],
  ])('%s', (_what, config, name, outcome) => {
    const { b, add } = agreed(config);
    expect(add(name)).toBeUndefined();
    expect(asked(b)).toHaveLength(outcome === 'asked' ? 1 : 0);
    expect(b.machine.counters.candidatesIgnored).toBe(outcome === 'ignored' ? 1 : 0);
    // The agent takes no names: to it they are as before.
    expect(b.session.remoteCandidates).toHaveLength(outcome === 'session' ? 1 : 0);
  });

  it('is one of 64 at most', () => {
    const { b, add } = agreed();
    for (let i = 0; i < 100; i++) add(`host-${i}.local`);
    expect(asked(b)).toHaveLength(64);
    expect(b.machine.counters.candidatesIgnored).toBe(36);
  });

  it('is forgotten with the ICE session it was told for', () => {
    const { a, b, add } = agreed();
    setRemote(a, local(b));
    add(NAME);
    b.machine.addIceCandidate(0, null);
    const [before] = asked(b);
    const offer = a.machine.createOffer(0, { iceRestart: true });
    a.machine.setLocalDescription(0, offer);
    setRemote(b, local(a));
    b.machine.setLocalDescription(0);
    b.machine.nameResolved(9, before.id, '192.0.2.9');
    expect(b.session.remoteCandidates).toEqual([]);
    expect(b.session.isRemoteEnd).toBe(false);
    add(NAME);
    expect(asked(b)).toMatchObject([{ name: NAME }]);
  });

  it('that was resolved when all is over changes nothing', () => {
    const { b, add } = agreed();
    add(NAME);
    const [need] = asked(b);
    b.machine.close(1);
    b.machine.nameResolved(2, need.id, '192.0.2.9');
    expect(b.session.remoteCandidates).toEqual([]);
  });
});

describe('hidden addresses', () => {
  it('stand in no candidate: hosts have names, the others do not tell what they were made of', () => {
    const names = new Map<string, string>();
    const hostName = (address: string) => {
      if (!names.has(address)) names.set(address, names.size === 0 ? NAME : OTHER);
      return names.get(address);
    };
    const a = makePeer(1, { hostName });
    a.machine.createDataChannel(0, { label: 'x' });
    a.machine.setLocalDescription(0);
    a.machine.addBase(0, { base: 0, address: '192.0.2.1', port: 4000 });
    a.machine.addBase(0, { base: 1, address: '192.0.2.1', port: 4001 });
    a.machine.addBase(0, { base: 2, address: '2001:db8::1', port: 4002 });
    const made = { foundation: '9', component: 1, transport: 'udp', priority: 1, port: 5, base: 0 } as const;
    const { base, ...fields } = made;
    for (const address of ['203.0.113.1', '2001:db8:ffff::1']) {
      const candidate = { ...fields, address, type: 'srflx', relatedAddress: '192.0.2.1', relatedPort: 4000 } as const;
      a.session.events.push({ type: 'candidate', base, candidate });
    }
    a.machine.endOfLocalCandidates(0);
    const told = candidatesOf(a).map(({ candidate }) => candidate);
    expect(told.map((text) => text.split(' ').slice(4, 6).join(' '))).toEqual([
      `${NAME} 4000`,
      `${NAME} 4001`,
      `${OTHER} 4002`,
      '203.0.113.1 5',
      '2001:db8:ffff::1 5',
    ]);
    expect(told[3]).toContain('raddr 0.0.0.0 rport 9');
    expect(told[4]).toContain('raddr :: rport 9');
    for (const text of [...told, local(a).sdp]) expect(text).not.toMatch(/192\.0\.2\.1|2001:db8::1/);
  });
});
