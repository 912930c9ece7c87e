import { afterEach, describe, expect, it } from 'vitest';
import { introduce, NetnsPeer } from '../netns/two-peers.ts';
import { Netns, netnsUnavailable } from '../src/index.ts';

const unavailable = netnsUnavailable();

let network: Netns | undefined;
afterEach(() => {
  network?.close();
  network = undefined;
});

/** Two hosts on one cable with nothing but what is given there. */
function cable(a: readonly string[], b: readonly string[]) {
  const made = new Netns();
  network = made;
  const hosts = { a: made.host('a'), b: made.host('b') };
  made.link({ host: hosts.a, name: 'eth0', addresses: a }, { host: hosts.b, name: 'eth0', addresses: b });
  return hosts;
}

async function connect(
  hosts: ReturnType<typeof cable>,
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
  wanted: number,
) {
  const offerer = new NetnsPeer(hosts.a, 'offerer', a === undefined ? {} : { addresses: a });
  const answerer = new NetnsPeer(hosts.b, 'answerer', b === undefined ? {} : { addresses: b });
  introduce(offerer, answerer);
  // Connected is the first path; the others follow.
  const { paths } = await offerer.until((report) => report.connected && report.paths.length >= wanted, 15_000);
  return paths.map(({ local }) => local.replace(/:\d+$/, ''));
}

describe('IPv6 between two hosts', () => {
  if (unavailable !== undefined) {
    // Nothing of the rest can be shown here; the reason is what a caller gets to hear.
    it(`cannot be had: ${unavailable}`, () => expect(unavailable).toContain('network namespaces'));
    return;
  }

  it('connects by link-local addresses, which are named with their zone', async () => {
    const hosts = cable(['fe80::a/64'], ['fe80::b/64']);
    expect(await connect(hosts, ['fe80::a%eth0'], ['fe80::b%eth0'], 1)).toEqual(['[fe80::a]']);
  });

  it('connects by both families without being told', async () => {
    const hosts = cable(['10.80.0.1/24', 'fd00:80::1/64'], ['10.80.0.2/24', 'fd00:80::2/64']);
    expect(new Set(await connect(hosts, undefined, undefined, 2))).toEqual(new Set(['10.80.0.1', '[fd00:80::1]']));
  });
});
