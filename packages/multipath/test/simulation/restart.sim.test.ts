import { describe, expect, it } from 'vitest';
import { type Side, TwoSessions } from '../kit/two-sessions.ts';

const SIGNAL_MS = 40;

/** `side` restarts ICE; descriptions and candidates take a while to the other. */
function restart(two: TwoSessions, side: Side): void {
  const other = side === two.a ? two.b : two.a;
  const tell = (from: Side, to: Side, then?: () => void): void => {
    const { ufrag, pwd } = from.session.iceParameters;
    const seen = from.driver.events.length;
    two.network.clock.scheduleIn(SIGNAL_MS, () => {
      to.driver.act((session, now) => {
        session.setRemote(now, {
          ufrag,
          pwd,
          hawser: true,
          fingerprints: [{ algorithm: 'sha-256', value: from.certificate.fingerprint('sha-256') }],
          dtlsRole: to === two.a ? 'client' : 'server',
          sctp: { remotePort: 5000, maxMessageSizeBytes: 262_144 },
          transportCcExtensionId: 5,
        });
        for (const event of from.driver.events.slice(0, seen)) {
          if (event.type === 'candidate' && event.candidate.usernameFragment === ufrag) {
            session.addRemoteCandidate(now, event.candidate);
          }
        }
        session.endOfRemoteCandidates(now);
      });
      then?.();
    });
  };
  side.driver.act((session, now) => session.restartIce(now));
  tell(side, other, () => tell(other, side));
}

const numbered = (i: number): Uint8Array => {
  const bytes = new Uint8Array(500);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
};
const numberOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

describe('an ICE restart under load', () => {
  it.each([1, 2, 3])('loses, doubles and delays nothing, and no path changes its state (seed %i)', (seed) => {
    const links = [{ delayMs: 5 }, { delayMs: 20 }, { delayMs: 30 }];
    const two = new TwoSessions({ seed, links });
    two.runUntil(() => two.connected());
    const channel = two.a.driver.act((session, now) =>
      session.openChannel(now, { label: 'load', ordered: false, maxRetransmits: 0 }),
    );
    two.runUntil(() => two.a.driver.events.some(({ type }) => type === 'channel-open'));
    two.run(3_000);
    const marks = [two.a, two.b].map(({ driver }) => driver.events.length);
    const sentAt: number[] = [];
    for (let i = 0; i < 1_000; i++) {
      if (i === 200 || i === 500) restart(two, i === 200 ? two.a : two.b);
      sentAt.push(two.now);
      two.a.driver.act((session, now) => session.send(now, channel, numbered(i), 0, 500, true));
      two.run(5);
    }
    two.run(1_000);
    const received = two.b.messages.map(({ bytes }) => numberOf(bytes)).sort((x, y) => x - y);
    expect(received).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    for (const { bytes, at } of two.b.messages) expect(at - sentAt[numberOf(bytes)]).toBeLessThan(60);
    for (const [i, { driver, session }] of [two.a, two.b].entries()) {
      const since = driver.events.slice(marks[i]);
      expect(since.filter(({ type }) => type === 'path' || type === 'ice-state')).toEqual([]);
      const { paths, sctp } = session.getMultipathStats();
      expect(paths).toHaveLength(9);
      expect(sctp?.chunksRetransmitted).toBe(0);
    }
  });

  it('that moves to other addresses hands the load over', () => {
    const two = new TwoSessions({ links: [{ delayMs: 10 }, { delayMs: 15 }, { delayMs: 20 }] });
    two.runUntil(() => two.connected());
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'load' }));
    two.runUntil(() => two.a.driver.events.some(({ type }) => type === 'channel-open'));
    two.run(2_000);
    for (let i = 0; i < 1_000; i++) {
      if (i === 200) {
        // The network of the first address goes; a fresh port takes its place, and ICE restarts.
        two.cut(0);
        const socket = two.a.driver.openBase(7, '10.1.1.1');
        two.a.driver.act((session, now) => {
          session.addBase(now, { base: 7, address: socket.address, port: socket.port, egress: 'eth1' });
          session.removeBase(now, 0);
        });
        two.a.driver.closeBase(0);
        restart(two, two.a);
      }
      two.a.driver.act((session, now) => session.send(now, channel, numbered(i), 0, 500, true));
      two.run(5);
    }
    two.run(3_000);
    expect(two.b.messages.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    const { paths } = two.a.session.getMultipathStats();
    expect(paths.some((path) => path.state === 'active')).toBe(true);
    expect(two.a.session.isConnected).toBe(true);
  });
});

describe('a session without any path', () => {
  /** Two sessions with a channel, cut off from each other until ICE has failed on both sides. */
  function failed(): { two: TwoSessions; channel: number } {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 20 }] });
    two.runUntil(() => two.connected());
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'kept' }));
    two.runUntil(() => two.a.driver.events.some(({ type }) => type === 'channel-open'));
    send(two, channel, 0);
    two.run(500);
    two.cut(0);
    two.cut(1);
    send(two, channel, 1);
    two.run(500);
    send(two, channel, 2);
    two.runUntil(() => [two.a, two.b].every((side) => iceStates(side).at(-1) === 'failed'), 60_000);
    return { two, channel };
  }
  const send = (two: TwoSessions, channel: number, i: number) =>
    two.a.driver.act((session, now) => session.send(now, channel, numbered(i), 0, 500, true));
  const iceStates = ({ driver }: Side) =>
    driver.events.flatMap((event) => (event.type === 'ice-state' ? [event.state] : []));
  const types = ({ driver }: Side) => driver.events.map(({ type }) => type);

  it('stays, asks for nothing, and comes back by a restart with everything that was sent meanwhile', () => {
    const { two, channel } = failed();
    send(two, channel, 3);
    two.run(3_600_000);
    for (const side of [two.a, two.b]) {
      expect(types(side)).not.toContain('closed');
      expect(types(side)).not.toContain('sctp-closed');
    }
    two.restore(0);
    two.restore(1);
    restart(two, two.a);
    two.runUntil(() => [two.a, two.b].every((side) => iceStates(side).at(-1) === 'connected'), 5_000);
    send(two, channel, 4);
    two.run(2_000);
    expect(two.b.messages.map(({ bytes }) => numberOf(bytes))).toEqual([0, 1, 2, 3, 4]);
    for (const side of [two.a, two.b]) {
      expect(iceStates(side).slice(-3)).toEqual(['failed', 'checking', 'connected']);
      expect(types(side).filter((type) => type === 'connected')).toHaveLength(1);
      expect(types(side)).not.toContain('channel-closed');
    }
  });

  it('comes back by a socket that it got meanwhile', () => {
    const { two } = failed();
    two.a.driver.act((session, now) => session.removeBase(now, 0));
    two.a.driver.closeBase(0);
    const { address, port } = two.a.driver.openBase(9, '10.1.0.1');
    two.a.driver.act((session, now) => session.addBase(now, { base: 9, address, port, egress: 'eth0' }));
    two.restore(0);
    two.run(5_000);
    expect(two.a.session.getMultipathStats().paths).toEqual([]);
    restart(two, two.b);
    two.runUntil(() => iceStates(two.a).at(-1) === 'connected', 5_000);
    two.run(1_000);
    expect(two.b.messages.map(({ bytes }) => numberOf(bytes))).toEqual([0, 1, 2]);
    const ports = two.a.session.getMultipathStats().paths.map(({ local }) => local.split(':').at(-1));
    expect(new Set(ports)).toEqual(new Set([`${port}`]));
  });

  it('ends by close at once, without keys', () => {
    const { two } = failed();
    two.a.driver.act((session, now) => session.close(now));
    expect(types(two.a).at(-1)).toBe('closed');
    expect(two.a.session.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(() => two.a.driver.act((session, now) => session.setRemote(now, {} as never))).toThrow('closed');
  });
});
