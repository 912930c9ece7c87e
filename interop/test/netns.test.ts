import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type NetnsHost, netnsUnavailable, oneToTwo, type Topology, twoLinks } from '../src/index.ts';

const unavailable = netnsUnavailable();
const echo = fileURLToPath(new URL('./udp-echo.ts', import.meta.url));
const runSource = ['--import', 'tsx', echo];

let open: Topology[] = [];
afterEach(() => {
  for (const topology of open) topology.close();
  open = [];
});

function made(topology: Topology): Topology {
  open.push(topology);
  return topology;
}

function namespaces(): string {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
}

/** An echo server on the peer's addresses; resolves when it listens. */
async function startEcho({ peer, peerAddresses }: Topology): Promise<void> {
  const child = peer.spawn(process.execPath, [...runSource, 'serve', ...peerAddresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) if (line === 'listening') return;
  throw new Error('the echo server ended');
}

/** How many of `count` datagrams from `local` come back from `remote`. An error of a send fails the test. */
function ping(host: NetnsHost, local: string, remote: string, count = 5): number {
  const answer = host.exec(process.execPath, ...runSource, 'ping', local, remote, String(count));
  expect(answer).toMatch(/^\d+$/);
  return Number(answer);
}

describe('a network of namespaces', () => {
  if (unavailable !== undefined) {
    // Nothing of the rest can be shown here; the reason is what a caller gets to hear.
    it(`cannot be had: ${unavailable}`, () => expect(unavailable).toContain('network namespaces'));
    return;
  }

  it.each([
    ['two cables', twoLinks],
    ['one interface to two through a router', oneToTwo],
  ])('carries packets on every path, silences one both ways and restores it: %s', async (_name, make) => {
    const topology = made(make());
    const { browser, browserAddresses, peerAddresses } = topology;
    await startEcho(topology);
    expect([0, 1].map((path) => ping(browser, browserAddresses[path], peerAddresses[path]))).toEqual([5, 5]);

    topology.cut(1);
    expect([0, 1].map((path) => ping(browser, browserAddresses[path], peerAddresses[path]))).toEqual([5, 0]);

    topology.restore(1);
    topology.cut(0);
    expect([0, 1].map((path) => ping(browser, browserAddresses[path], peerAddresses[path]))).toEqual([0, 5]);
  });

  it('has no way from one cable to the other', async () => {
    const topology = made(twoLinks());
    await startEcho(topology);
    expect(ping(topology.browser, '10.77.0.1', '10.77.1.2')).toBe(0);
    expect(ping(topology.browser, '10.77.1.1', '10.77.0.2')).toBe(0);
  });

  it('answers by the interface that was asked, though the default route is another', async () => {
    const topology = made(oneToTwo());
    const { browser, peer } = topology;
    await startEcho(topology);
    const before = peer.exec('cat', '/sys/class/net/eth1/statistics/tx_packets');
    expect(ping(browser, '10.78.9.1', '10.78.1.2', 20)).toBe(20);
    const sent = Number(peer.exec('cat', '/sys/class/net/eth1/statistics/tx_packets')) - Number(before);
    expect(sent).toBeGreaterThanOrEqual(20);
  });

  it('shapes what leaves an interface', async () => {
    const topology = made(twoLinks());
    const { browser } = topology;
    await startEcho(topology);
    // 20 datagrams of 1000 bytes against a bucket of 2 KB and a queue of 10 ms at 1 Mbit/s: most of them must be dropped.
    browser.shape('eth0', { rateBps: 1_000_000, queueMs: 10, burstBytes: 2000 });
    const got = ping(browser, '10.77.0.1', '10.77.0.2', 20);
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(10);
    browser.unshape('eth0');
    expect(ping(browser, '10.77.0.1', '10.77.0.2', 20)).toBe(20);
  });

  it('leaves nothing behind, however often it is closed', async () => {
    const topology = made(twoLinks());
    await startEcho(topology);
    expect(namespaces()).toContain(topology.peer.namespace);
    topology.close();
    topology.close();
    expect(namespaces()).not.toContain(topology.peer.namespace);
  });

  it('refuses a path that is not there', () => {
    expect(() => made(twoLinks()).cut(2)).toThrow('no path 2: there are 2');
  });
});
