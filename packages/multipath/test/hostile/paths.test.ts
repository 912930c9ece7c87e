import { NO_FLOW, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import type { PathStats } from '../../src/index.ts';
import { forge } from '../kit/forged-stun.ts';
import { type Side, TwoSessions, type TwoSessionsOptions } from '../kit/two-sessions.ts';

const TEXT = new TextEncoder().encode('x'.repeat(200));

function running(options: TwoSessionsOptions = {}): TwoSessions {
  const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 10 }], ...options });
  two.runUntil(() => two.connected());
  two.run(1000);
  return two;
}

function pathsOf(side: Side): readonly PathStats[] {
  return side.session.getMultipathStats().paths;
}

function active(side: Side): readonly PathStats[] {
  return pathsOf(side).filter(({ state }) => state === 'active');
}

/** Both sides talk over one channel each, every 20 ms; returns the messages sent by each. */
function talk(two: TwoSessions, ms: number): number {
  const { a, b } = two;
  const channels = [a, b].map(({ driver }) => driver.act((session, now) => session.openChannel(now, { label: 'x' })));
  let sent = 0;
  for (let t = 0; t < ms; t += 20, sent++) {
    [a, b].forEach(({ driver }, i) => {
      driver.act((session, now) => session.send(now, channels[i], TEXT, 0, TEXT.length, true));
    });
    two.run(20);
  }
  return sent;
}

/** Every datagram that leaves a session. */
function wiretap({ session }: Side): Uint8Array[] {
  const sent: Uint8Array[] = [];
  const poll = session.pollTransmit.bind(session);
  session.pollTransmit = (now, out) => {
    const had = poll(now, out);
    if (had) sent.push(out.buffer.slice(out.offset, out.offset + out.length));
    return had;
  };
  return sent;
}

/** Binding requests that `dropped` names are not heard by the session. */
function deafen({ session }: Side, dropped: (flow: number) => boolean): void {
  const handle = session.handleDatagram.bind(session);
  session.handleDatagram = (now, flow, bytes, offset, length) => {
    const isRequest = bytes[offset] === 0 && bytes[offset + 1] === 1;
    return isRequest && dropped(flow) ? Verdict.unexpected : handle(now, flow, bytes, offset, length);
  };
}

describe('a path that delivers only one way', () => {
  it.each(['aToB', 'bToA'] as const)('%s is cut: both ends leave it, and nothing is lost', (direction) => {
    const two = running();
    two.a.links[0][direction].cut();
    const sent = talk(two, 6000);
    two.run(2000);
    expect(two.a.messages).toHaveLength(sent);
    expect(two.b.messages).toHaveLength(sent);
    for (const path of active(two.a)) expect(path.local).toMatch(/^10\.1\.1\./);
    for (const path of active(two.b)) expect(path.remote).toMatch(/^10\.1\.1\./);
    expect(active(two.a)).toHaveLength(1);
    // Half a path is asked for now and then, not all the time.
    for (const { checksSent } of pathsOf(two.a)) expect(checksSent).toBeLessThan(200);
    two.a.links[0].restore();
    two.runUntil(() => active(two.a).length === 2, 30_000);
  });
});

describe('a peer that never answers probes', () => {
  it('on one path: its consent runs out, and data goes on by the other', () => {
    const two = running();
    const { flows } = two.b.session;
    deafen(two.b, (flow) => flows.address(flow) === '10.1.0.1');
    const sent = talk(two, 40_000);
    two.run(2000);
    expect(two.b.messages).toHaveLength(sent);
    for (const path of active(two.a)) expect(path.local).toMatch(/^10\.1\.1\./);
    for (const { checksSent } of pathsOf(two.a)) expect(checksSent).toBeLessThan(600);
  });

  it('on any: sending ends with consent, after 30 s, and stays ended (RFC 7675 5.1)', () => {
    const two = running();
    deafen(two.b, () => true);
    const events = two.a.driver.events.length;
    talk(two, 35_000);
    expect(two.a.driver.events.slice(events)).toContainEqual({ type: 'ice-state', state: 'failed' });
    const sent = wiretap(two.a);
    two.run(20_000);
    expect(sent.filter(([octet]) => octet >= 20)).toEqual([]);
    // Nor does it ask any more; it answers the peer, who still does.
    expect(sent.filter((bytes) => bytes[0] === 0 && bytes[1] === 1)).toEqual([]);
  });

  it('from the beginning: the checks are bounded, and ICE fails', () => {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 10 }] });
    for (const side of [two.a, two.b]) deafen(side, () => true);
    const sent = wiretap(two.a);
    two.run(120_000);
    expect(two.a.session.isConnected).toBe(false);
    expect(two.a.driver.events).toContainEqual({ type: 'ice-state', state: 'failed' });
    // Four pairs, seven transmissions each (RFC 8489 6.2.1).
    expect(sent.length).toBeLessThan(60);
  });
});

describe('an attacker who knows the names and not the passwords', () => {
  const names = ({ a, b }: TwoSessions) => `${a.session.iceParameters.ufrag}:${b.session.iceParameters.ufrag}`;

  it('asks from a thousand addresses: no path, no more bytes back than came, nothing kept', () => {
    const two = running();
    const before = two.a.session.getMultipathStats();
    const answers = wiretap(two.a);
    const { flows } = two.a.session;
    let came = 0;
    for (let i = 0; i < 1000; i++) {
      const flow = flows.intern(0, `203.0.${i >> 8}.${i & 255}`, 5000);
      const bytes = forge({ username: names(two), password: `wrong${i}`, useCandidate: i % 2 === 0, status: i % 3 });
      came += bytes.length;
      if (flow === NO_FLOW) continue;
      const verdict = two.a.driver.act((session, now) => session.handleDatagram(now, flow, bytes, 0, bytes.length));
      expect(verdict).toBe(Verdict.unauthenticated);
    }
    expect(answers.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(came);
    two.run(1000);
    const after = two.a.session.getMultipathStats();
    expect(after.paths.map(({ id, state }) => [id, state])).toEqual(before.paths.map(({ id, state }) => [id, state]));
    expect(after.nominationsPrevented).toBe(before.nominationsPrevented);
    expect(flows.size).toBeLessThanOrEqual(1024);
    expect(two.connected()).toBe(true);
  });

  it('answers our checks under a wrong key: his address never becomes a path, and gets no data', () => {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 10 }] });
    const sent: { flow: number; bytes: Uint8Array }[] = [];
    const { session } = two.a;
    const poll = session.pollTransmit.bind(session);
    session.pollTransmit = (now, out) => {
      const had = poll(now, out);
      const toHim = had && session.flows.address(out.flow) === '203.0.113.9';
      if (toHim) sent.push({ flow: out.flow, bytes: out.buffer.slice(out.offset, out.offset + out.length) });
      return had;
    };
    two.a.driver.act((machine, now) =>
      machine.addRemoteCandidate(now, {
        foundation: 'evil',
        component: 1,
        transport: 'udp',
        priority: 2_130_706_431,
        address: '203.0.113.9',
        port: 4444,
        type: 'host',
      }),
    );
    let answered = 0;
    for (let ms = 0; ms < 5000; ms += 5) {
      two.run(5);
      for (const { bytes, flow } of sent.splice(0)) {
        expect(bytes[0]).toBeLessThan(4);
        const forged = forge({ cls: 'success', id: bytes.slice(8, 20), password: 'wrong', status: 0 });
        const verdict = two.a.driver.act((machine, now) => machine.handleDatagram(now, flow, forged, 0, forged.length));
        expect(verdict).not.toBe(Verdict.consumed);
        answered++;
      }
    }
    expect(answered).toBeGreaterThan(0);
    expect(pathsOf(two.a).some(({ remote }) => remote.startsWith('203.'))).toBe(false);
    expect(active(two.a)).toHaveLength(2);
  });
});

describe('the status of paths', () => {
  it('without integrity, or under a wrong key, says nothing', () => {
    const two = running();
    const { a } = two;
    const [path] = active(a);
    const [address, port] = path.remote.split(':');
    const flow = a.session.flows.find(Number(path.local.split('.')[2]), address, Number(port));
    expect(flow).not.toBe(NO_FLOW);
    const username = `${a.session.iceParameters.ufrag}:${two.b.session.iceParameters.ufrag}`;
    for (let i = 0; i < 300; i++) {
      const cls = i % 2 === 0 ? 'request' : 'success';
      const bytes = forge({ cls, username, status: 2, password: i % 4 < 2 ? undefined : 'wrong' });
      const verdict = a.driver.act((session, now) => session.handleDatagram(now, flow, bytes, 0, bytes.length));
      expect(verdict).not.toBe(Verdict.consumed);
    }
    two.run(1000);
    expect(active(a)).toHaveLength(2);
  });

  it('that the peer changes every 10 ms: bounded events and checks, and data goes on', () => {
    const two = running();
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
    const events = two.a.driver.events.length;
    const sent = wiretap(two.a);
    const statuses = ['standby', 'available', 'going-away'] as const;
    for (let i = 0; i < 500; i++) {
      two.b.driver.act((session, now) => {
        session.setBaseStatus(now, 0, statuses[i % 3]);
        session.setBaseStatus(now, 1, statuses[(i + 1) % 3]);
      });
      if (i % 10 === 0) {
        two.a.driver.act((session, now) => session.send(now, channel, TEXT, 0, TEXT.length, true));
      }
      two.run(10);
    }
    two.b.driver.act((session, now) => {
      for (const base of [0, 1]) session.setBaseStatus(now, base, 'available');
    });
    two.run(3000);
    expect(two.b.messages).toHaveLength(50);
    expect(two.connected()).toBe(true);
    expect(active(two.a)).toHaveLength(2);
    // Each change is at most a few checks and two events for each of the four pairs.
    expect(two.a.driver.events.length - events).toBeLessThan(500 * 4 * 2);
    expect(sent.length).toBeLessThan(500 * 4 * 4);
  });
});

describe('256 paths', () => {
  const links = Array.from({ length: 16 }, (_, i) => ({ delayMs: 5 + i }));

  it('16 addresses each: no more pairs than configured, and the session works', () => {
    const two = running({ links });
    const sent = talk(two, 1000);
    two.run(1000);
    expect(two.b.messages).toHaveLength(sent);
    // `maxPairs`, 100, and the pairs that the peer's checks make.
    expect(pathsOf(two.a).length).toBeLessThanOrEqual(216);
    expect(active(two.a).length).toBeGreaterThanOrEqual(2);
    expect(two.connected()).toBe(true);
  });

  it('all of them, where asked for', () => {
    const ice = { maxPairs: 256, spareBases: 0 };
    const two = running({ links, a: { ice }, b: { ice } });
    two.run(6000);
    expect(pathsOf(two.a)).toHaveLength(256);
    // What is disjoint carries; the rest stands by.
    expect(active(two.a).length).toBeLessThanOrEqual(16);
    const sent = talk(two, 500);
    two.run(1000);
    expect(two.b.messages).toHaveLength(sent);
    expect(two.connected()).toBe(true);
  });

  it('a peer that names ten thousand candidates is heard as far as configured', () => {
    const two = running();
    const before = two.a.session.flows.size;
    let added = 0;
    for (let i = 0; i < 10_000; i++) {
      const status = two.a.driver.act((session, now) =>
        session.addRemoteCandidate(now, {
          foundation: `${i}`,
          component: 1,
          transport: 'udp',
          priority: 1_000_000 + i,
          address: `203.${(i >> 8) & 127}.${i & 255}.7`,
          port: 4000,
          type: 'host',
        }),
      );
      if (status === 'added') added++;
    }
    expect(added).toBeLessThanOrEqual(64);
    two.run(2000);
    expect(two.a.session.flows.size - before).toBeLessThanOrEqual(200);
    expect(active(two.a)).toHaveLength(2);
  });
});
