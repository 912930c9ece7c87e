import type { LocalAddress } from '@hawser/node';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../scripts/cli.ts';
import { diagnose } from './doctor.ts';
import { offLinkAddress } from './off-link.ts';
import { doctor, type Machine } from './paths.ts';
import { type Routing, readRouting } from './routing.ts';

const RULES = [
  { priority: 0, src: 'all', table: '255' },
  { priority: 32766, src: 'all', table: '254' },
];
const NONE: Routing = { rules: RULES, routes: [] };
const MAIN: Routing = {
  rules: RULES,
  routes: [
    { type: 'unicast', dst: 'default', gateway: '10.9.0.1', dev: 'eth0', metric: 100 },
    { type: 'unicast', dst: 'default', gateway: '10.9.1.1', dev: 'eth1', metric: 101 },
    { type: 'unicast', dst: '10.9.0.0/24', dev: 'eth0' },
    { type: 'unicast', dst: '10.9.1.0/24', dev: 'eth1' },
  ],
};

function address(text: string, name: string): LocalAddress {
  return { address: text, family: text.includes(':') ? 6 : 4, interface: name, loopback: false };
}

const TWO = [address('10.9.0.2', 'eth0'), address('10.9.1.2', 'eth1')];

describe('the doctor', () => {
  it('prescribes a rule, a table and an end to it for each address, where all leave by one interface', () => {
    const rows = diagnose({ addresses: TWO, routing: { 4: MAIN, 6: NONE }, egress: () => 'eth0' });
    expect(rows).toEqual([
      {
        base: 0,
        local: '10.9.0.2',
        egress: 'eth0',
        problem: 'detour-on-loss',
        mend: [
          'ip route replace default via 10.9.0.1 dev eth0 table 700',
          'ip route add unreachable default metric 4096 table 700',
          'ip rule add from 10.9.0.2 lookup 700',
        ],
      },
      {
        base: 1,
        local: '10.9.1.2',
        egress: 'eth0',
        problem: 'wrong-interface',
        mend: [
          'ip route replace default via 10.9.1.1 dev eth1 table 701',
          'ip route add unreachable default metric 4096 table 701',
          'ip rule add from 10.9.1.2 lookup 701',
        ],
      },
    ]);
  });

  it('finds nothing wrong with one default route', () => {
    const routing = { 4: { rules: RULES, routes: [MAIN.routes[0], MAIN.routes[2]] }, 6: NONE };
    const rows = diagnose({ addresses: [TWO[0]], routing, egress: () => 'eth0' });
    expect(rows).toEqual([{ base: 0, local: '10.9.0.2', egress: 'eth0', problem: null, mend: [] }]);
  });

  it('completes a table that is there, and uses none that is somebody’s', () => {
    const mine: Routing = {
      rules: [
        ...RULES,
        { priority: 10, src: '10.9.0.2', table: '700' },
        { priority: 11, src: '10.9.1.0', srclen: 24, table: '702' },
      ],
      routes: [
        ...MAIN.routes,
        { type: 'unicast', dst: 'default', gateway: '10.9.0.1', dev: 'eth0', table: '700' },
        { type: 'unicast', dst: '10.5.0.0/16', dev: 'eth1', table: '701' },
      ],
    };
    const egress = ({ interface: name }: LocalAddress) => name;
    const [first, second] = diagnose({ addresses: TWO, routing: { 4: mine, 6: NONE }, egress });
    expect(first.mend).toEqual(['ip route add unreachable default metric 4096 table 700']);
    expect(second.mend.at(-1)).toBe('ip rule add from 10.9.1.2 lookup 703');
  });

  it('is content when each address has its table and the table an end', () => {
    const fenced: Routing = {
      rules: [...RULES, { priority: 10, src: '10.9.0.2', table: '700' }],
      routes: [
        ...MAIN.routes,
        { type: 'unicast', dst: 'default', gateway: '10.9.0.1', dev: 'eth0', table: '700' },
        { type: 'unreachable', dst: 'default', metric: 4096, table: '700' },
      ],
    };
    const [row] = diagnose({ addresses: [TWO[0]], routing: { 4: fenced, 6: NONE }, egress: () => 'eth0' });
    expect(row).toMatchObject({ problem: null, mend: [] });
  });

  it('says so where no gateway is known, and where nothing leads out', () => {
    const routing = { 4: { rules: RULES, routes: [MAIN.routes[0], MAIN.routes[3]] }, 6: NONE };
    const egress = ({ interface: name }: LocalAddress) => (name === 'eth1' ? 'eth0' : undefined);
    const [first, second] = diagnose({ addresses: TWO, routing, egress });
    expect(first).toMatchObject({ egress: null, problem: 'no-route' });
    expect(second).toMatchObject({ egress: 'eth0', problem: 'wrong-interface', mend: [] });
  });

  it('knows IPv6, routes without a gateway and routes of equal cost', () => {
    const six: Routing = {
      rules: RULES,
      routes: [
        { type: 'unicast', dst: 'default', dev: 'ppp0', metric: 512 },
        {
          type: 'unicast',
          dst: 'default',
          nexthops: [
            { dev: 'eth0', gateway: 'fe80::1' },
            { dev: 'eth1', gateway: 'fe80::2' },
          ],
        },
      ],
    };
    const addresses = [address('fd00::2', 'ppp0'), address('fd00:1::2', 'eth1')];
    const rows = diagnose({ addresses, routing: { 4: NONE, 6: six }, egress: () => 'eth0' });
    expect(rows.map(({ mend }) => mend[0])).toEqual([
      'ip -6 route replace default dev ppp0 table 700',
      'ip -6 route replace default via fe80::2 dev eth1 table 701',
    ]);
    expect(rows[1].mend[2]).toBe('ip -6 rule add from fd00:1::2 lookup 701');
  });
});

describe('an address that is not on-link', () => {
  it('is one of nobody’s that no route but the default ones leads to', () => {
    expect(offLinkAddress(MAIN, 4)).toBe('198.51.100.1');
    const near: Routing = {
      rules: [],
      routes: [{ dst: '198.51.100.0/24' }, { dst: '203.0.113.1' }, { dst: 'default' }],
    };
    expect(offLinkAddress(near, 4)).toBe('192.0.2.1');
    expect(offLinkAddress({ rules: [], routes: [{ dst: '2001:db8::/64' }] }, 6)).toBe('2001:db8:ffff::1');
    expect(offLinkAddress({ rules: [], routes: [{ dst: '0.0.0.0/0' }] }, 4)).toBe('198.51.100.1');
  });
});

/** A machine with two default routes whose `ip` answers as iproute2 6.1 does, and does what it is told. */
function machine(over: Partial<Machine> = {}): Machine & { ran: string[] } {
  const ran: string[] = [];
  const rules: object[] = [...RULES];
  const routes: object[] = MAIN.routes.map(({ type: _type, ...route }) => route);
  const ip = (...args: string[]) => {
    const text = args.join(' ');
    if (text.includes('-6')) return '[]';
    if (text.endsWith('rule')) return JSON.stringify(rules);
    if (text.endsWith('table all')) return JSON.stringify(routes);
    const [, , , , , , , from] = args;
    if (text.includes('route get')) {
      const mended = rules.some((rule) => (rule as { src: string }).src === from);
      return JSON.stringify([{ dst: args[5], from, dev: mended && from === '10.9.1.2' ? 'eth1' : 'eth0' }]);
    }
    ran.push(text);
    if (args[0] === 'rule') rules.push({ priority: 1, src: args[3], table: args[5] });
    else if (args[2] === 'unreachable') routes.push({ type: '7', dst: 'default', metric: 4096, table: args.at(-1) });
    else routes.push({ dst: 'default', gateway: args[4], dev: args[6], table: args.at(-1) });
    return '';
  };
  return { platform: 'linux', isRoot: true, addresses: () => TWO, ip, ran, ...over };
}

async function run(argv: string[], on: Machine) {
  let out = '';
  let err = '';
  const line = { usage: 'usage', options: { doctor: 'flag', apply: 'flag', to: 'text' } } as const;
  const streams = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const code = await runCommand(line, (args, output) => doctor(args, output, on), argv, streams);
  return { code, out, err };
}

describe('hawser paths --doctor', () => {
  it('prints rows alone with --json, and exits with 1 while something is wrong', async () => {
    const { code, out } = await run(['--json'], machine());
    const rows = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(code).toBe(1);
    expect(rows.map((row) => Object.keys(row))).toEqual([
      ['base', 'local', 'egress', 'problem', 'mend'],
      ['base', 'local', 'egress', 'problem', 'mend'],
    ]);
    expect(rows.map(({ problem }) => problem)).toEqual(['detour-on-loss', 'wrong-interface']);
  });

  it('tells people the lines', async () => {
    const { out } = await run([], machine());
    expect(out).toContain('1  10.9.1.2  leaves by eth0  WRONG');
    expect(out).toContain('\n    ip rule add from 10.9.1.2 lookup 701\n');
  });

  it('--apply runs the lines, looks again, and has nothing to do the second time', async () => {
    const on = machine();
    const { code, out } = await run(['--apply', '--json'], on);
    expect(on.ran).toHaveLength(6);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text).problem),
    ).toEqual([null, null]);
    expect(code).toBe(0);
    expect((await run(['--apply'], on)).code).toBe(0);
    expect(on.ran).toHaveLength(6);
  });

  it('cannot be had without root, or elsewhere: exit code 3', async () => {
    expect(await run(['--apply', '--json'], machine({ isRoot: false }))).toMatchObject({
      code: 3,
      out: '{"unavailable":"--apply needs root"}\n',
    });
    const elsewhere = await run(['--json'], machine({ platform: 'darwin' }));
    expect(elsewhere.code).toBe(3);
    expect(JSON.parse(elsewhere.out).unavailable).toContain('Linux only');
  });

  it('asks the routes for the peer that is named', async () => {
    const on = machine();
    const asked: string[] = [];
    const ip: Machine['ip'] = (...args) => {
      if (args.includes('get')) asked.push(args[5]);
      return on.ip(...args);
    };
    await run(['--to', '203.0.113.9'], { ...on, ip });
    expect(asked).toEqual(['203.0.113.9', '203.0.113.9']);
  });
});

describe('what `ip -N` says', () => {
  it('has types as numbers, and none for an ordinary route', () => {
    const ip = (...args: string[]) =>
      args.at(-1) === 'rule'
        ? '[]'
        : '[{"dst":"default","dev":"eth0"},{"type":"7","dst":"default"},{"type":"2","dst":"10.9.0.2"}]';
    expect(readRouting(ip, 4).routes.map(({ type }) => type)).toEqual(['unicast', 'unreachable', 'local']);
    expect(readRouting(() => '', 6)).toEqual({ rules: [], routes: [] });
  });
});
