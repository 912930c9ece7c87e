import { describe, expect, it } from 'vitest';
import { MDNS_GROUP_V4, NO_QUERY } from '../../src/index.ts';
import { MessageReader } from '../../src/message/reader.ts';
import { type Crossing, type End, Segment } from '../kit/segment.ts';

const register = ({ driver, address }: End) => driver.act((agent, now) => agent.register(now, address)) as string;
const resolve = ({ driver }: End, name: string) => driver.act((agent, now) => agent.resolve(now, name));
const isQuery = ({ bytes }: Crossing) => (bytes[2] & 0x80) === 0;
const isResponse = (crossing: Crossing) => !isQuery(crossing);

/** Every record of a message: its type and time to live. */
function records({ bytes }: Crossing): { type: number; ttl: number; section: number }[] {
  const reader = new MessageReader();
  expect(reader.parse(bytes, 0, bytes.length)).toBe(0);
  return Array.from({ length: reader.entries }, (_, i) => ({
    type: reader.type(i),
    ttl: reader.ttl(i),
    section: reader.section(i),
  }));
}

describe('a name on a link', () => {
  it('is announced twice, a second apart, with what else it has not (RFC 6762 8.3, 6.1)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    register(owner);
    segment.runFor(60_000);
    expect(segment.crossings.map(({ at }) => at)).toEqual([500, 1500]);
    for (const crossing of segment.crossings) {
      expect(crossing.to).toBe(MDNS_GROUP_V4);
      expect(records(crossing)).toEqual([
        { type: 1, ttl: 120, section: 1 },
        { type: 47, ttl: 120, section: 3 },
      ]);
    }
  });

  it.each(['192.0.2', '2001:db8:'])(
    'is found by who asks, whose question is answered to it alone (5.4): %s',
    (prefix) => {
      const segment = new Segment();
      const dot = prefix.includes(':') ? ':' : '.';
      const owner = segment.add(`${prefix}${dot}1`);
      const name = register(owner);
      segment.runFor(5_000);
      const asker = segment.add(`${prefix}${dot}2`);
      const query = resolve(asker, name.toUpperCase());
      segment.runFor(10);
      expect(asker.events).toEqual([{ type: 'resolved', query, name, address: `${prefix}${dot}1` }]);
      const [question, reply, ...more] = segment.crossings.filter(({ at }) => at >= 5_000);
      expect(more).toEqual([]);
      expect(isQuery(question)).toBe(true);
      expect(reply.to).toBe(asker.address);
      // Who asks is answered once, with less than twice its bytes.
      expect(reply.bytes.length).toBeLessThan(2 * question.bytes.length);
    },
  );

  it('is told to all again when they have not heard it for a quarter of its time (5.4)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const name = register(owner);
    segment.runFor(40_000);
    const asker = segment.add('192.0.2.2');
    resolve(asker, name);
    segment.runFor(10);
    expect(asker.events).toHaveLength(1);
    expect(segment.crossings.at(-1)?.to).toBe(MDNS_GROUP_V4);
  });

  it('is told at once to who asks before it was announced, and to all (draft 3.1.2.1)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const asker = segment.add('192.0.2.2');
    const name = register(owner);
    segment.runFor(30);
    resolve(asker, name);
    segment.runFor(2);
    expect(asker.events).toMatchObject([{ type: 'resolved', name, address: '192.0.2.1' }]);
    segment.runFor(60_000);
    // It counts as the first announcement.
    expect(segment.crossings.filter(isResponse).map(({ at, to }) => [at, to])).toEqual([
      [31, MDNS_GROUP_V4],
      [1031, MDNS_GROUP_V4],
    ]);
  });

  it('is known to who heard the announcement, without a question', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const asker = segment.add('192.0.2.2');
    const name = register(owner);
    segment.runFor(510);
    resolve(asker, name);
    expect(asker.events).toMatchObject([{ type: 'resolved', name, address: '192.0.2.1' }]);
    expect(segment.crossings.filter(isQuery)).toEqual([]);
    // Until its time is over, counted from the second announcement.
    segment.runFor(120_000);
    resolve(asker, name);
    expect(segment.crossings.filter(isQuery)).toEqual([]);
    segment.runFor(3_000);
    resolve(asker, name);
    expect(segment.crossings.filter(isQuery)).toHaveLength(1);
  });

  it('is taken back with a goodbye, which is believed after a second (10.1)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const asker = segment.add('192.0.2.2');
    const name = register(owner);
    segment.runFor(3_000);
    owner.driver.act((agent, now) => agent.unregister(now, name));
    expect(records(segment.crossings.at(-1) as Crossing).map(({ ttl }) => ttl)).toEqual([0, 0]);
    segment.runFor(500);
    resolve(asker, name);
    expect(asker.events).toHaveLength(1);
    segment.runFor(1_000);
    resolve(asker, name);
    segment.runFor(6_000);
    expect(asker.events.at(-1)).toMatchObject({ type: 'unresolved', reason: 'timeout' });
    expect(owner.agent.size).toBe(0);
  });

  it('that nobody was told of needs no goodbye', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    owner.driver.act((agent, now) => agent.unregister(now, agent.register(now, '192.0.2.1') as string));
    // And of an address that is not on the link nothing is told there (6.2).
    owner.driver.act((agent, now) => agent.register(now, '198.51.100.1'));
    segment.runFor(5_000);
    expect(segment.crossings).toEqual([]);
    owner.driver.act((agent, now) => agent.close(now));
    expect(segment.crossings).toEqual([]);
    expect(owner.agent.size).toBe(0);
  });

  it('of our own needs no question', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const name = register(owner);
    resolve(owner, name);
    expect(owner.events).toMatchObject([{ type: 'resolved', address: '192.0.2.1' }]);
  });
});

describe('a question', () => {
  const NAME = '1f4712db-ea17-4bcf-a596-105139dfd8bf.local';

  it('is asked at 0, 1 and 3 s, first for an answer to us alone, and given up after 5 (5.2, 5.4)', () => {
    const segment = new Segment();
    const asker = segment.add('192.0.2.2');
    const query = resolve(asker, NAME);
    segment.runFor(60_000);
    expect(segment.crossings.map(({ at }) => at)).toEqual([0, 1000, 3000]);
    // The top bit of the class of both questions, A and AAAA of the same name.
    const classes = segment.crossings.map(({ bytes }) => {
      const reader = new MessageReader();
      reader.parse(bytes, 0, bytes.length);
      expect([reader.name(0), reader.name(1)]).toEqual([NAME, NAME]);
      expect([reader.type(0), reader.type(1)]).toEqual([1, 28]);
      return [reader.class(0), reader.class(1)];
    });
    expect(classes).toEqual([
      [0x8001, 0x8001],
      [1, 1],
      [1, 1],
    ]);
    expect(asker.events).toEqual([{ type: 'unresolved', query, name: NAME, reason: 'timeout' }]);
    expect(asker.agent.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('asked twice is asked once, and both are told', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const name = register(owner);
    segment.runFor(3_000);
    const asker = segment.add('192.0.2.2');
    const queries = asker.driver.act((agent, now) => [agent.resolve(now, name), agent.resolve(now, name)]);
    const cancelled = asker.driver.act((agent, now) => {
      const third = agent.resolve(now, name);
      agent.cancel(third);
      return third;
    });
    segment.runFor(10);
    expect(asker.events.map(({ query }) => query)).toEqual(queries);
    expect(queries).not.toContain(cancelled);
    expect(segment.crossings.filter(isQuery)).toHaveLength(1);
  });

  it('that is not wanted any more is not repeated', () => {
    const segment = new Segment();
    const asker = segment.add('192.0.2.2');
    const query = resolve(asker, NAME);
    asker.driver.act((agent) => agent.cancel(query));
    segment.runFor(60_000);
    expect(segment.crossings).toHaveLength(1);
    expect(asker.events).toEqual([]);
    expect(asker.agent.size).toBe(0);
  });

  it('waits for a link, and goes out on every one', () => {
    const segment = new Segment();
    const asker = segment.add('192.0.2.2');
    asker.driver.act((agent) => agent.removeLink(0));
    resolve(asker, NAME);
    expect(segment.crossings).toEqual([]);
    asker.driver.act((agent, now) => agent.addLink(now, { base: 3, family: 4, addresses: ['192.0.2.2/24'] }));
    asker.driver.act((agent, now) =>
      agent.addLink(now, { base: 4, family: 6, addresses: ['192.0.2.2/24', 'fe80::2/64'] }),
    );
    expect(segment.crossings.map(({ to }) => to)).toEqual(['224.0.0.251', 'ff02::fb']);
  });

  it('is one of a bounded number', () => {
    const segment = new Segment();
    const asker = segment.add('192.0.2.2', { maxQueries: 2 });
    expect(resolve(asker, 'a.local')).not.toBe(NO_QUERY);
    expect(resolve(asker, 'b.local')).not.toBe(NO_QUERY);
    expect(resolve(asker, 'c.local')).toBe(NO_QUERY);
  });
});

describe('the rate of messages', () => {
  it('is bounded over all names, however many come and go (draft 8.1)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1', { burstMessages: 10, messagesPerSecond: 5 });
    for (let round = 0; round < 200; round++) {
      owner.driver.act((agent, now) => {
        const name = agent.register(now, '192.0.2.1') as string;
        agent.resolve(now, `host-${round}.local`);
        if (round % 2 === 0) agent.unregister(now, name);
      });
      segment.runFor(50);
    }
    // Ten seconds.
    expect(segment.crossings.length).toBeLessThanOrEqual(10 + 50 + 1);
    expect(segment.crossings.length).toBeGreaterThan(40);
  });

  it('of one record to all is one a second, whoever asks (RFC 6762 6)', () => {
    const segment = new Segment();
    const owner = segment.add('192.0.2.1');
    const name = register(owner);
    segment.runFor(10_000);
    const from = segment.crossings.length;
    for (let i = 0; i < 50; i++) {
      const asker = segment.add(`192.0.2.${10 + i}`, { maxCached: 0 });
      // As a question that is repeated: answers go to all.
      asker.driver.act((agent, now) => agent.resolve(now, name));
      segment.runFor(100);
    }
    const answers = segment.crossings
      .slice(from)
      .filter((crossing) => isResponse(crossing) && crossing.to === MDNS_GROUP_V4);
    for (let i = 1; i < answers.length; i++) expect(answers[i].at - answers[i - 1].at).toBeGreaterThanOrEqual(1000);
  });
});

describe('a bad link', () => {
  it.each([1, 2, 3, 4, 5])('with 20 %% loss: names are found all the same in most cases (seed %i)', (seed) => {
    const segment = new Segment({ seed, loss: 0.2, delayMs: 20 });
    const ends = Array.from({ length: 8 }, (_, i) => segment.add(`192.0.2.${i + 1}`));
    const names = ends.map(register);
    segment.runFor(2_000);
    for (const [i, end] of ends.entries()) resolve(end, names[(i + 1) % 8]);
    segment.runFor(10_000);
    const resolved = ends.flatMap(({ events }) => events).filter(({ type }) => type === 'resolved');
    expect(ends.map(({ events }) => events.length)).toEqual(Array(8).fill(1));
    expect(resolved.length).toBeGreaterThanOrEqual(7);
    for (const [i, { events }] of ends.entries()) {
      const [event] = events;
      if (event.type === 'resolved') expect(event.address).toBe(`192.0.2.${((i + 1) % 8) + 1}`);
    }
  });
});
