import { NO_PATH } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { BrowserWorld } from './browser-world.ts';
import { hostCandidate, World } from './world.ts';

describe('rules towards browsers', () => {
  it('R1: every path is checked at least once a second, active or not, also those not chosen', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling', networks: 2 }).run(3_000);
    const paths = [...world.agent.paths()];
    expect(paths).toHaveLength(4);
    for (let i = 0; i < 20; i++) {
      const before = paths.map((path) => world.agent.pathStats(path).checksSent);
      world.run(1_000);
      for (const [at, path] of paths.entries()) {
        expect(world.agent.pathStats(path).checksSent).toBeGreaterThan(before[at]);
      }
    }
  });

  it('R2: no path without our own answered check, though the peer nominates it', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlled', oneWay: true }).run(3_000);
    expect(world.agent.counters.nominationsReceived).toBeGreaterThan(0);
    expect([...world.agent.paths()]).toEqual([]);
    expect(world.agent.state).toBe('checking');
    expect(world.agent.pathOf(0)).toBe(NO_PATH);
  });

  it('R3: component 2 is never paired, nor names, port 0, or TCP that both open', () => {
    const world = new World().run(2_000);
    const add = (more: object) =>
      world.a.driver.act((m, now) => m.addRemoteCandidate(now, hostCandidate('10.2.0.1', 4_000, more)));
    expect(add({ component: 2 })).toBe('ignored');
    expect(add({ transport: 'tcp', tcpType: 'so' })).toBe('ignored');
    expect(add({ address: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6.local' })).toBe('ignored');
    expect(add({ port: 0 })).toBe('ignored');
    expect(add({ priority: 0 })).toBe('ignored');
    expect(add({ usernameFragment: 'another1' })).toBe('ignored');
    expect(world.a.agent.counters.candidatesIgnored).toBe(6);
    expect(add({})).toBe('added');
    expect(add({})).toBe('known');
  });

  it('what is not the address of one host is never checked, whatever the peer says', () => {
    const world = new World().run(2_000);
    for (const address of ['0.0.0.0', '::', '255.255.255.255', '224.0.0.251', 'ff02::fb', '::ffff:224.0.0.1']) {
      const status = world.a.driver.act((m, now) => m.addRemoteCandidate(now, hostCandidate(address, 5_353)));
      expect(status, address).toBe('ignored');
    }
  });

  it('R4: a browser is not answered before its candidates are known', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling', candidatesMs: 150 }).run(1_000);
    expect(world.agent.counters.answersHeld).toBeGreaterThan(0);
    expect(Math.min(...world.browser.answeredAt.values())).toBeGreaterThanOrEqual(150);
    expect(Math.min(...world.browser.answeredAt.values())).toBeLessThan(200);
  });

  it('R4: nor longer than 300 ms after its first check', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling', candidatesMs: 60_000 }).run(2_000);
    const first = Math.min(...world.browser.answeredAt.values());
    expect(first).toBeGreaterThanOrEqual(300);
    expect(first).toBeLessThan(350);
  });

  it('R4: a Hawser peer is answered at once', () => {
    const world = new World({ endOfCandidates: false }).run(2_000);
    expect(world.a.agent.isHawserPeer).toBe(true);
    expect(world.a.agent.counters.answersHeld).toBe(0);
  });

  it('R6: USE-CANDIDATE of a browser is answered with success, and closes nothing', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlled', networks: 2 }).run(5_000);
    expect(world.browser.errors).toEqual([]);
    expect(world.agent.counters.nominationsReceived).toBeGreaterThan(0);
    expect(world.agent.nominationsPrevented).toBe(world.agent.counters.nominationsReceived);
    expect([...world.agent.paths()]).toHaveLength(4);
    expect(world.events('path').filter((one) => one.event.state === 'abandoned')).toEqual([]);
  });

  it('R6: in mode regular, what a browser nominates stays, on each of its networks, and nothing else', () => {
    const config = { nomination: 'regular' } as const;
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlled', networks: 2, config }).run(5_000);
    const paths = [...world.agent.paths()].map((path) => world.agent.pathStats(path));
    expect(paths.length).toBeGreaterThan(1);
    expect(paths.every((path) => path.nominated)).toBe(true);
    expect(world.agent.state).toBe('connected');
    expect(world.events('path').filter((one) => one.event.state === 'abandoned' && one.at < 200)).toEqual([]);
  });

  it('R6: or with the error that was configured', () => {
    const world = new BrowserWorld({
      kind: 'chromium',
      role: 'controlled',
      config: { rejectUseCandidate: { code: 400 } },
    });
    world.run(3_000);
    expect(world.browser.errors.length).toBeGreaterThan(0);
    expect(new Set(world.browser.errors)).toEqual(new Set([400]));
    expect(world.browser.answeredAt.size).toBe(0);
  });

  it('R7: the loss of the path in use is noticed within half a second', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(3_000);
    const path = [...world.agent.paths()].find(
      (p) => world.agent.pathStats(p).localAddress === '10.1.0.1' && world.agent.pathState(p) === 'active',
    ) as number;
    const cutAt = world.now;
    world.links[0].cut();
    world.run(1_000);
    const suspect = world.events('path').find((one) => one.event.path === path && one.event.state === 'suspect');
    expect(suspect!.at - cutAt).toBeLessThan(500);
  });

  it.each(['chromium', 'firefox'] as const)('S1: a check from a fresh port moves %s when it controls', (kind) => {
    const world = new BrowserWorld({ kind, role: 'controlled' }).run(5_000);
    const from = world.browser.moves.at(-1)!;
    const target = [...world.agent.paths()].find((p) => world.agent.pathStats(p).packetsReceived === 0) as number;
    const { localAddress } = world.agent.pathStats(target);
    const before = world.browser.seen.length;
    expect(world.driver.act((m, now) => m.steer(now, target))).toBe(true);
    world.run(1_000);
    const move = world.browser.moves.at(-1)!;
    expect(move).not.toBe(from);
    const first = world.browser.seen.slice(before).find((check) => check.flow === move.flow)!;
    expect(first.priority).toBe(2_140_000_000);
    expect(first.useCandidate).toBe(false);
    const [steered] = world.events('steered');
    expect(world.agent.pathStats(steered.event.path).localAddress).toBe(localAddress);
    expect(steered.event.ms).toBeLessThan(600);
  });

  it('a controlling Chromium is moved to its second network, and back, by cost alone', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlled', networks: 2 }).run(5_000);
    const ports = world.events('need-base').length;
    // The pair of each network that it still pings.
    const kept = new Map(
      [...world.agent.paths()]
        .map((path) => ({ path, ...world.agent.pathStats(path) }))
        .sort((a, b) => a.checksReceived - b.checksReceived)
        .map(({ path, remoteAddress }) => [remoteAddress, path]),
    );
    const first = world.browser.moves.length;
    const from = [...kept].find(([, path]) => world.agent.pathStats(path).packetsReceived > 0)![0];
    const [there, back] = from === '10.2.0.1' ? ['10.2.1.1', '10.2.0.1'] : ['10.2.0.1', '10.2.1.1'];
    for (const remote of [there, back, there, back]) {
      const target = kept.get(remote) as number;
      const before = world.browser.seen.length;
      expect(world.driver.act((m, now) => m.steer(now, target))).toBe(true);
      world.run(1_000);
      const steered = world.events('steered').at(-1)!;
      expect(world.agent.pathStats(steered.event.path).remoteAddress).toBe(remote);
      expect(steered.event.ms).toBeLessThan(60);
      expect(world.browser.seen.slice(before).every((check) => check.priority < 2_140_000_000)).toBe(true);
    }
    expect(world.browser.moves.slice(first)).toHaveLength(4);
    expect(world.events('need-base')).toHaveLength(ports);
  });

  it('and by a fresh port after all, where the existing pair does not move it', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlled', networks: 2 }).run(5_000);
    const target = [...world.agent.paths()].find(
      (p) => world.agent.pathStats(p).remoteAddress === '10.2.1.1',
    ) as number;
    // No pair of before moves it, as if it had pruned them all.
    const known = new Set(world.browser.seen.map((check) => check.flow));
    world.browser.deafTo = (flow) => known.has(flow);
    world.driver.act((m, now) => m.steer(now, target));
    world.run(1_000);
    const steered = world.events('steered').at(-1)!;
    expect(world.agent.pathStats(steered.event.path).remoteAddress).toBe('10.2.1.1');
    expect(steered.event.path).not.toBe(target);
  });

  it('a pair is never told dearer before it is nominated: Chromium would prune it', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(5_000);
    const target = [...world.agent.paths()].find((p) => !world.agent.pathStats(p).nominated) as number;
    const before = world.browser.seen.length;
    world.driver.act((m, now) => {
      // A check is on its way out already when the move begins.
      m.probe(now, target);
      m.steer(now, target);
    });
    world.run(500);
    const checks = world.browser.seen.slice(before);
    const nomination = checks.findIndex((check) => check.nomination === 2);
    const { flow } = checks[nomination];
    const earlier = checks.slice(0, nomination).filter((check) => check.flow === flow);
    expect(earlier.length).toBeGreaterThan(0);
    expect(earlier.every((check) => check.cost === 0)).toBe(true);
  });

  it('S1: Firefox controlled by us is moved by a fresh port with USE-CANDIDATE, and back by the next', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlling' }).run(5_000);
    const toward = (address: string) =>
      [...world.agent.paths()].find((p) => world.agent.pathStats(p).localAddress === address) as number;
    let priority = 2_140_000_000;
    for (const address of ['10.1.1.1', '10.1.0.1', '10.1.1.1', '10.1.0.1']) {
      const before = world.browser.seen.length;
      expect(world.driver.act((m, now) => m.steer(now, toward(address)))).toBe(true);
      world.run(1_000);
      const steered = world.events('steered').at(-1)!;
      expect(world.agent.pathStats(steered.event.path).localAddress).toBe(address);
      expect(steered.event.ms).toBeLessThan(100);
      const check = world.browser.seen.slice(before).find((one) => one.flow === world.browser.moves.at(-1)!.flow)!;
      expect(check).toMatchObject({ priority: priority++, useCandidate: true });
    }
    expect(world.events('steered')).toHaveLength(4);
    expect(world.dropped).toBe(0);
  });

  it('S1: no packet leaves a spare port before it is used, and used ones are asked for anew', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlled' }).run(10_000);
    expect(world.events('need-base')).toHaveLength(6);
    expect(world.browser.seen.every((check) => check.priority < 2_000_000_000)).toBe(true);
    world.driver.act((m, now) => m.steer(now, 0));
    world.run(1_000);
    expect(world.events('need-base')).toHaveLength(7);
    expect(world.browser.seen.filter((check) => check.priority >= 2_000_000_000).length).toBeGreaterThan(0);
  });

  it('a port that was used is given back when the browser has sent elsewhere for 30 s, and no path that it needs goes', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlled' }).run(5_000);
    const toward = (address: string) =>
      [...world.agent.paths()].find((p) => world.agent.pathStats(p).localAddress === address) as number;
    const moved = () => world.agent.pathStats(world.events('steered').at(-1)!.event.path);
    world.driver.act((m, now) => m.steer(now, toward('10.1.1.1')));
    world.run(60_000);
    const first = moved();
    // In use, it stays.
    expect(world.events('release-base')).toEqual([]);
    world.driver.act((m, now) => m.steer(now, toward('10.1.0.1')));
    world.run(25_000);
    expect(world.events('release-base')).toEqual([]);
    world.run(15_000);
    expect(world.events('release-base').map(({ event }) => event.base)).toEqual([first.base]);
    const needs = world.events('need-base').length;
    expect([...world.agent.paths()].map((p) => world.agent.pathStats(p).base)).not.toContain(first.base);
    // The browser goes on where it is, and can be moved again.
    world.run(60_000);
    expect(moved().localAddress).toBe('10.1.0.1');
    world.driver.act((m, now) => m.steer(now, toward('10.1.1.1')));
    world.run(1_000);
    expect(moved().localAddress).toBe('10.1.1.1');
    expect(world.events('need-base')).toHaveLength(needs + 1);
    expect(world.dropped).toBe(0);
  });

  it('S1: without a spare port and without the role nothing can be done', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlled', spares: false }).run(5_000);
    expect(world.driver.act((m, now) => m.steer(now, 0))).toBe(false);
  });

  it('S2: Chromium controlled by us is moved by a rising 0xC001 on the existing pair, three times 60 ms apart if lost', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(5_000);
    const selected = world.browser.moves.at(-1)!.flow;
    const value = Math.max(...world.browser.seen.map((check) => check.nomination));
    expect(value).toBe(1);
    const target = [...world.agent.paths()].find((p) => !world.agent.pathStats(p).nominated) as number;
    const before = world.browser.seen.length;
    world.driver.act((m, now) => m.steer(now, target));
    world.run(500);
    expect(world.browser.moves.at(-1)!.flow).not.toBe(selected);
    const checks = world.browser.seen.slice(before).filter((check) => check.nomination > 0);
    expect(new Set(checks.map((check) => check.nomination))).toEqual(new Set([2]));
    const [steered] = world.events('steered');
    expect(steered.event).toMatchObject({ path: target });
    expect(steered.event.ms).toBeLessThan(60);
    expect(world.events('need-base')).toHaveLength(6);
  });

  it('S2: repeats the nomination while it is lost', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(5_000);
    const target = [...world.agent.paths()].find((p) => !world.agent.pathStats(p).nominated) as number;
    const link = world.links[world.agent.pathStats(target).localAddress === '10.1.0.1' ? 0 : 1];
    const before = world.browser.seen.length;
    link.cut();
    world.driver.act((m, now) => m.steer(now, target));
    world.run(100);
    link.restore();
    world.run(60);
    const checks = world.browser.seen.slice(before).filter((check) => check.nomination === 2);
    expect(checks.length).toBeGreaterThan(0);
  });

  it('S3: Chromium never nominated follows data: the wanted path becomes the selected one', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling', config: { nomination: 'suppress' } }).run(
      5_000,
    );
    const target = [...world.agent.paths()].find((p) => p !== world.agent.selectedPath) as number;
    const seen = world.browser.seen.length;
    expect(world.driver.act((m, now) => m.steer(now, target))).toBe(true);
    expect(world.agent.selectedPath).toBe(target);
    world.run(1_000);
    expect(world.browser.seen.slice(seen).every((check) => !check.useCandidate)).toBe(true);
  });

  it('C-b: with one network the worst-ranked pair is nominated, at a higher cost than the others', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(5_000);
    const nominated = [...world.agent.paths()].map((p) => world.agent.pathStats(p)).filter((p) => p.nominated);
    expect(nominated).toHaveLength(1);
    // The base that was added last ranks last.
    expect(nominated[0].localAddress).toBe('10.1.1.1');
    const named = world.browser.seen.filter((check) => check.useCandidate);
    expect(named.length).toBeGreaterThan(0);
    expect(named.every((check) => check.cost === 1 && check.nomination === 1)).toBe(true);
    expect(world.browser.seen.filter((check) => check.flow !== named[0].flow).every((check) => check.cost === 0)).toBe(
      true,
    );
    expect(world.browser.seen.every((check) => check.networkId === 0)).toBe(true);
  });

  it('C-b: a steered nomination raises the cost of the new pair and lowers that of the old', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling' }).run(5_000);
    for (let move = 0; move < 6; move++) {
      const target = [...world.agent.paths()].find((p) => !world.agent.pathStats(p).nominated) as number;
      const before = world.browser.seen.length;
      world.driver.act((m, now) => m.steer(now, target));
      world.run(2_000);
      const checks = world.browser.seen.slice(before);
      const first = checks.find((check) => check.nomination === move + 2)!;
      const others = checks.filter((check) => check.flow !== first.flow && check.at > first.at + 1_000);
      const same = checks.filter((check) => check.flow === first.flow && check.at > first.at + 1_000);
      expect(Math.max(...others.map((check) => check.cost))).toBeLessThan(Math.min(...same.map((check) => check.cost)));
      expect(first.cost).toBeLessThan(10);
    }
  });

  it('C-c: with two networks exactly one pair is nominated', () => {
    const world = new BrowserWorld({ kind: 'chromium', role: 'controlling', networks: 2 }).run(5_000);
    const flows = new Set(world.browser.seen.filter((check) => check.useCandidate).map((check) => check.flow));
    expect(flows.size).toBe(1);
    expect([...world.agent.paths()]).toHaveLength(4);
  });

  it('F-a: controlled Firefox is nominated once and connects', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlling' }).run(5_000);
    expect(new Set(world.browser.seen.filter((check) => check.useCandidate).map((check) => check.flow)).size).toBe(1);
    expect(world.browser.moves.length).toBeGreaterThan(0);
  });

  it('F-a: controlling Firefox nominates by itself; we send no USE-CANDIDATE', () => {
    const world = new BrowserWorld({ kind: 'firefox', role: 'controlled' }).run(5_000);
    expect(world.browser.seen.some((check) => check.useCandidate)).toBe(false);
    expect(world.browser.moves.length).toBeGreaterThan(0);
    expect(world.agent.state).toBe('connected');
  });

  it('C-a: with an all-ones tie-breaker the role can be claimed', () => {
    const world = new BrowserWorld({
      kind: 'chromium',
      role: 'controlled',
      config: { tieBreaker: [0xffffffff, 0xffffffff] },
    });
    world.run(1_000);
    world.driver.act((m, now) => m.setRole(now, 'controlling'));
    world.run(2_000);
    expect(world.agent.role).toBe('controlling');
    expect(world.browser.role).toBe('controlled');
  });
});
