import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type TwoDefaultRoutes, twoDefaultRoutes } from '../netns/two-default-routes.ts';
import { netnsUnavailable } from '../src/index.ts';

const unavailable = netnsUnavailable();
const doctor = fileURLToPath(new URL('../../apps/hawser/src/main.ts', import.meta.url));
const PEER = '10.79.9.2';

let network: TwoDefaultRoutes | undefined;
afterEach(() => {
  network?.close();
  network = undefined;
});

function examine({ host }: TwoDefaultRoutes, ...options: string[]) {
  const command = [process.execPath, '--conditions=@hawser/source', '--import', 'tsx', doctor];
  const args = ['netns', 'exec', host.namespace, ...command, 'paths', '--doctor', '--json', ...options];
  const { status, stdout } = spawnSync('ip', args, { encoding: 'utf8' });
  const rows: Record<string, unknown>[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { status, rows };
}

/** Where the kernel would send a packet to the peer; undefined where it would refuse to. */
function egressOf({ host }: TwoDefaultRoutes, from: string): string | undefined {
  try {
    return JSON.parse(host.ip('-j', 'route', 'get', PEER, 'from', from))[0].dev;
  } catch {
    return undefined;
  }
}

describe('a host with two default routes', () => {
  if (unavailable !== undefined) {
    // Nothing of the rest can be shown here; the reason is what a caller gets to hear.
    it(`cannot be had: ${unavailable}`, () => expect(unavailable).toContain('network namespaces'));
    return;
  }

  it('sends everything by one of them, which the doctor finds and mends', () => {
    network = twoDefaultRoutes();
    const ill = examine(network);
    expect(ill.status).toBe(1);
    expect(ill.rows.map(({ local, egress, problem }) => [local, egress, problem])).toEqual([
      ['10.79.0.2', 'eth0', 'detour-on-loss'],
      ['10.79.1.2', 'eth0', 'wrong-interface'],
    ]);

    const well = examine(network, '--apply');
    expect(well).toEqual({
      status: 0,
      rows: [
        { base: 0, local: '10.79.0.2', egress: 'eth0', problem: null, mend: [] },
        { base: 1, local: '10.79.1.2', egress: 'eth1', problem: null, mend: [] },
      ],
    });
    expect([egressOf(network, '10.79.0.2'), egressOf(network, '10.79.1.2')]).toEqual(['eth0', 'eth1']);
  });

  it('detours in silence when a link is lost, and is told at once where it was mended', () => {
    network = twoDefaultRoutes();
    network.host.ip('link', 'set', 'eth0', 'down');
    expect(egressOf(network, '10.79.0.2')).toBe('eth1');
    network.close();

    network = twoDefaultRoutes();
    examine(network, '--apply');
    network.host.ip('link', 'set', 'eth0', 'down');
    expect(egressOf(network, '10.79.0.2')).toBeUndefined();
    expect(egressOf(network, '10.79.1.2')).toBe('eth1');
  });

  it('has its route again after the link came back and the doctor was asked once more', () => {
    network = twoDefaultRoutes();
    examine(network, '--apply');
    network.host.ip('link', 'set', 'eth0', 'down');
    network.host.ip('link', 'set', 'eth0', 'up');
    network.host.ip('route', 'replace', 'default', 'via', network.gateways[0], 'dev', 'eth0', 'metric', '100');
    const lost = examine(network).rows[0];
    expect(lost).toMatchObject({
      problem: 'no-route',
      mend: ['ip route replace default via 10.79.0.254 dev eth0 table 700'],
    });
    expect(examine(network, '--apply').status).toBe(0);
    expect(egressOf(network, '10.79.0.2')).toBe('eth0');
  });
});
