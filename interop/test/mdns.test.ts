import { describe, expect, it } from 'vitest';
import { scenario } from '../netns/mdns.netns.ts';
import { netnsUnavailable } from '../src/index.ts';

const unavailable = netnsUnavailable();

describe('names of multicast DNS on a real link', () => {
  if (unavailable !== undefined) {
    // Nothing of the rest can be shown here; the reason is what a caller gets to hear.
    it(`cannot be had: ${unavailable}`, () => expect(unavailable).toContain('network namespaces'));
    return;
  }

  it('are all that one of two hosts needs to find the other', async () => {
    const variant = scenario.variants.find(({ name }) => name === 'the answerer resolves');
    expect(await variant?.run(1)).toMatchObject({ connected: 1, hiddenAddressesTold: 0 });
  }, 40_000);
});
