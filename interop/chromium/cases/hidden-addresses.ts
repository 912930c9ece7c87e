import { connect, disconnect } from '../connect.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

const ECHOED_BYTES = [1, 1_000, 16_384];
const NAME = /^[0-9a-f-]{36}\.local$/;

/**
 * Names of multicast DNS in place of addresses: the browser as every page without a camera has it, Hawser by `mdnsCandidates`.
 * One side's candidates are withheld, so that only `resolver` can find the other, by its name.
 */
export function hiddenAddresses(resolver: 'browser' | 'hawser'): Case {
  return { name: `hidden-addresses-${resolver}-resolves`, run: (place) => run(place, resolver) };
}

async function run({ sides, topology, addresses }: Place, resolver: 'browser' | 'hawser'): Promise<Finding> {
  const { browser, hawser } = sides;
  const { expect, faults } = expectations();
  await browser.call('permit', { permitted: false });
  try {
    const startedAt = performance.now();
    await connect(sides, {
      offerer: resolver === 'hawser' ? 'browser' : 'hawser',
      media: false,
      trickle: true,
      loopback: topology === undefined,
      config: { addresses, mdnsCandidates: true },
      hidden: true,
      withheld: resolver,
    });
    const connectMs = Math.round(performance.now() - startedAt);
    const own = { browser: await namesOf(browser), hawser: await namesOf(hawser) };
    for (const [name, told] of Object.entries(own)) {
      const bare = told.filter((address) => !NAME.test(address));
      expect(told.length > 0 && bare.length === 0, `${name} told ${bare.length} addresses of ${told.length}`);
    }
    const { ok } = await hawser.peer<{ ok: boolean }>('echo', { label: 'echo by hawser', sizes: ECHOED_BYTES });
    expect(ok, 'a message came back changed');
    await disconnect(sides);
    return {
      figures: { connect_ms: connectMs, names_browser: own.browser.length, names_hawser: own.hawser.length },
      faults,
    };
  } finally {
    await browser.call('permit', { permitted: true });
  }
}

function namesOf(side: Place['sides']['browser']): Promise<string[]> {
  return side.peer<string[]>('ownAddresses');
}
