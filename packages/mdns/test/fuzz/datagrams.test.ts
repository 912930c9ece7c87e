import { SeededRandom } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { addressRecord, message, RESPONSE } from '../kit/message.ts';
import { Segment } from '../kit/segment.ts';
import { fuzzTargets } from './targets.ts';

const [target] = fuzzTargets;

describe('hostile datagrams', () => {
  it('are all given a verdict: every truncation and every flipped bit of the seeds', () => {
    for (const seed of target.seeds ?? []) {
      for (let length = 0; length <= seed.length; length++) target.run(seed.slice(0, length));
      for (let bit = 0; bit < seed.length * 8; bit++) {
        const flipped = seed.slice();
        flipped[bit >> 3] ^= 1 << (bit & 7);
        target.run(flipped);
      }
    }
  });

  it('change neither our names nor what we ask, and are answered at a bounded rate', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const asker = segment.add('192.0.2.2');
    const random = new SeededRandom('storm');
    const name = owner.driver.act((agent, now) => agent.register(now, '192.0.2.1')) as string;
    segment.runFor(2_000);
    const honest = segment.crossings.map(({ bytes }) => bytes);
    const from = segment.crossings.length;
    for (let i = 0; i < 5_000; i++) {
      const bytes = honest[random.nextInteger(honest.length)].slice();
      // A flip in the header, a type or a length: not of the name or the address, which a neighbour may say as it likes.
      bytes[random.nextInteger(12)] ^= 1 << random.nextInteger(8);
      segment.say(owner, `192.0.2.${10 + random.nextInteger(200)}`, bytes);
      segment.say(owner, '192.0.2.9', random.bytes(random.nextInteger(200)));
      if (i % 5 === 0) segment.runFor(1);
    }
    segment.runFor(1_000);
    expect(segment.crossings.length - from).toBeLessThanOrEqual(60 + 30 * 3);
    asker.driver.act((agent, now) => agent.resolve(now, name));
    segment.runFor(5_000);
    expect(asker.events).toMatchObject([{ type: 'resolved', address: '192.0.2.1' }]);
  });

  it('of the longest names cost a bounded time: 256 records whose names are chains of pointers', () => {
    // 127 labels of one byte, then record after record that points to the first.
    const labels = Array.from({ length: 127 }, () => [1, 97]).flat();
    const answers = Array.from({ length: 255 }, () => addressRecord('a', '192.0.2.5'));
    const plain = message({ flags: RESPONSE, answers });
    const head = plain.slice(0, 12);
    const first = [...labels, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4];
    const others = Array.from({ length: 255 }, () => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]).flat();
    const bytes = new Uint8Array([...head, ...first, ...others]);
    bytes[6] = 1;
    bytes[7] = 0;
    const segment = new Segment();
    const reached = segment.add('192.0.2.3');
    for (let i = 0; i < 20; i++) expect(segment.say(reached, '192.0.2.9', bytes)).toBe(1);
    expect(reached.agent.size).toBe(0);
  });
});
