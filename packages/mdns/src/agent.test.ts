import { SeededRandom } from '@hawser/netsim';
import { createSlot, slotCapacity, Verdict } from '@hawser/wire';
import { describe, expect, it, vi } from 'vitest';
import { A, AAAA, addressRecord, answer, message, QU, RESPONSE } from '../test/kit/message.ts';
import { type End, Segment } from '../test/kit/segment.ts';
import { MdnsAgent, type MdnsError } from './index.ts';
import { MessageReader } from './message/reader.ts';

const NAME = '1f4712db-ea17-4bcf-a596-105139dfd8bf.local';
const env = () => ({ now: 0, unixMs: 0, secure: new SeededRandom(1), jitter: new SeededRandom(2) });

/** An owner whose name was announced long ago, and what is said from now on. */
function owned() {
  const segment = new Segment();
  const end = segment.add('192.0.2.1');
  const name = end.driver.act((agent, now) => agent.register(now, '192.0.2.1')) as string;
  segment.runFor(10_000);
  segment.crossings.length = 0;
  return { segment, end, name };
}

function asking(name = NAME) {
  const segment = new Segment();
  const end = segment.add('192.0.2.2');
  end.driver.act((agent, now) => agent.resolve(now, name));
  return { segment, end };
}

function read(bytes: Uint8Array): MessageReader {
  const reader = new MessageReader();
  expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
  return reader;
}

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as MdnsError).code;
  }
  return 'none';
};

describe('a query for a name of ours', () => {
  it('to all is answered to all; asked again at once, a second later (RFC 6762 6)', () => {
    const { segment, end, name } = owned();
    const query = message({ questions: [{ name, type: A }] });
    expect(segment.say(end, '192.0.2.9', query)).toBe(Verdict.consumed);
    segment.runFor(100);
    expect(segment.say(end, '192.0.2.8', query)).toBe(Verdict.consumed);
    expect(segment.say(end, '192.0.2.7', query)).toBe(Verdict.consumed);
    segment.runFor(60_000);
    expect(segment.crossings.map(({ at, to }) => [at, to])).toEqual([
      [10_000, '224.0.0.251'],
      [11_000, '224.0.0.251'],
    ]);
    expect(end.agent.counters.tooSoon).toBe(2);
  });

  it('to one is answered to it, with all questions in one message', () => {
    const { segment, end, name } = owned();
    const questions = [AAAA, A, 255].map((type) => ({ name: name.toUpperCase(), type, cls: QU }));
    segment.say(end, '192.0.2.9', message({ questions }));
    const [{ to, port, bytes }, ...more] = segment.crossings;
    expect([to, port, more.length]).toEqual(['192.0.2.9', 5353, 0]);
    const reader = read(bytes);
    expect([0, 1].map((i) => [reader.section(i), reader.type(i), reader.class(i)])).toEqual([
      [1, 1, 0x8001],
      [3, 47, 0x8001],
    ]);
  });

  it('of a kind that it has not is told so (6.1)', () => {
    const { segment, end, name } = owned();
    segment.say(end, '192.0.2.9', message({ questions: [{ name, type: AAAA, cls: QU }] }));
    const reader = read(segment.crossings[0].bytes);
    expect([reader.entries, reader.section(0), reader.type(0)]).toEqual([1, 1, 47]);
    // Window 0, one octet, the bit of A.
    expect(segment.crossings[0].bytes.slice(-3)).toEqual(new Uint8Array([0, 1, 0x40]));
  });

  it('is not answered when the querier knows it for at least half its time (7.1)', () => {
    const { segment, end, name } = owned();
    const ask = (address: string, ttl: number) =>
      segment.say(
        end,
        '192.0.2.9',
        message({ questions: [{ name, type: A, cls: QU }], answers: [addressRecord(name, address, ttl)] }),
      );
    expect(ask('192.0.2.1', 60)).toBe(Verdict.consumed);
    expect(segment.crossings).toEqual([]);
    expect(end.agent.counters.knownAnswers).toBe(1);
    ask('192.0.2.1', 59);
    ask('192.0.2.66', 120);
    expect(segment.crossings).toHaveLength(2);
  });

  it('full of questions and known answers has every name in it read once', () => {
    const { segment, end, name } = owned();
    const questions = Array.from({ length: 64 }, () => ({ name, type: A }));
    const answers = Array.from({ length: 64 }, () => addressRecord(name, '192.0.2.66'));
    const reads = vi.spyOn(MessageReader.prototype, 'name');
    segment.say(end, '192.0.2.9', message({ questions, answers }));
    expect(reads.mock.calls.length).toBeLessThanOrEqual(128);
    reads.mockRestore();
    expect(segment.crossings).toHaveLength(1);
  });

  it('from another port gets a conventional answer: id and question repeated, ten seconds, no flush (6.7)', () => {
    const { segment, end, name } = owned();
    const query = message({ id: 0x1234, questions: [{ name, type: A }] });
    expect(segment.say(end, '192.0.2.9', query, 40_000)).toBe(Verdict.consumed);
    const [{ to, port, bytes }] = segment.crossings;
    expect([to, port]).toEqual(['192.0.2.9', 40_000]);
    const reader = read(bytes);
    expect(reader.id).toBe(0x1234);
    expect([0, 1].map((i) => [reader.section(i), reader.name(i), reader.type(i), reader.class(i)])).toEqual([
      [0, name, 1, 1],
      [1, name, 1, 1],
    ]);
    expect([reader.entries, reader.ttl(1), reader.address(1)]).toEqual([2, 10, '192.0.2.1']);
    // What it has not: nothing, conventionally.
    segment.say(end, '192.0.2.9', message({ id: 7, questions: [{ name, type: AAAA }] }), 40_000);
    expect(read(segment.crossings[1].bytes).entries).toBe(1);
  });

  it.each([
    ['of another name', { name: NAME, type: A }],
    ['of the root', { name: '', type: A }],
    ['of another class', { cls: 3, type: A }],
  ])('%s is none of ours', (_what, question) => {
    const { segment, end, name } = owned();
    expect(segment.say(end, '192.0.2.9', message({ questions: [{ name, ...question }] }))).toBe(Verdict.notMine);
    expect(segment.crossings).toEqual([]);
  });

  it('from who is not on the link is not answered (RFC 6762 5.5, 11)', () => {
    const { segment, end, name } = owned();
    const query = message({ questions: [{ name, type: A, cls: QU }] });
    for (const from of ['198.51.100.1', '192.0.3.1', '2001:db8::1']) {
      expect(segment.say(end, from, query)).toBe(Verdict.unexpected);
    }
    expect(segment.crossings).toEqual([]);
    expect(end.agent.counters.offLink).toBe(3);
  });

  it('cannot be asked faster than we answer: what is too much is refused', () => {
    const { end, name } = owned();
    const query = message({ questions: [{ name, type: A, cls: QU }] });
    const { agent } = end;
    const verdicts = Array.from({ length: 40 }, (_, i) => {
      const from = agent.flows.intern(0, `192.0.2.${i + 10}`, 5353);
      return agent.handleDatagram(20_000, from, query, 0, query.length);
    });
    expect(verdicts.filter((verdict) => verdict === Verdict.consumed)).toHaveLength(32);
    expect(verdicts.at(-1)).toBe(Verdict.overLimit);
  });
});

describe('a response', () => {
  it('with two addresses is no answer, in whatever order (draft 3.2.2)', () => {
    for (const addresses of [
      ['192.0.2.5', '192.0.2.6'],
      ['192.0.2.5', '192.0.2.6', '192.0.2.6'],
    ]) {
      const { segment, end } = asking();
      const records = addresses.map((address) => addressRecord(NAME, address));
      segment.say(
        end,
        '192.0.2.9',
        message({ flags: RESPONSE, answers: records.slice(0, 1), additional: records.slice(1) }),
      );
      expect(end.events).toMatchObject([{ type: 'unresolved', reason: 'ambiguous' }]);
    }
  });

  it.each([
    ['from another port', '192.0.2.9', 40_000, answer(NAME, '192.0.2.5'), Verdict.unexpected],
    ['from another network', '198.51.100.1', 5353, answer(NAME, '192.0.2.5'), Verdict.unexpected],
    ['about another name', '192.0.2.9', 5353, answer('a.local', '192.0.2.5'), Verdict.notMine],
    ['with a group', '192.0.2.9', 5353, answer(NAME, '224.0.0.1'), Verdict.notMine],
    ['with no address at all', '192.0.2.9', 5353, answer(NAME, '0.0.0.0'), Verdict.notMine],
    ['that would turn us on ourselves', '192.0.2.9', 5353, answer(NAME, '127.0.0.1'), Verdict.notMine],
    ['that is a goodbye', '192.0.2.9', 5353, answer(NAME, '192.0.2.5', 0), Verdict.consumed],
    ['whose time has its top bit set', '192.0.2.9', 5353, answer(NAME, '192.0.2.5', 0x8000_0078), Verdict.consumed],
    ['of another opcode', '192.0.2.9', 5353, message({ flags: 0x8c00 }), Verdict.unsupported],
    ['with an error', '192.0.2.9', 5353, message({ flags: 0x8403 }), Verdict.unsupported],
    ['that is cut', '192.0.2.9', 5353, answer(NAME, '192.0.2.5').slice(0, -1), Verdict.malformed],
  ])('%s resolves nothing', (_what, from, port, bytes, verdict) => {
    const { segment, end } = asking();
    expect(segment.say(end, from, bytes, port)).toBe(verdict);
    expect(end.events).toEqual([]);
    segment.runFor(5_000);
    expect(end.events).toMatchObject([{ type: 'unresolved', reason: 'timeout' }]);
  });

  it('of IPv4 in the clothes of IPv6 resolves nothing', () => {
    const { segment, end } = asking();
    const rdata = [...Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 5];
    segment.say(end, '192.0.2.9', message({ flags: RESPONSE, answers: [{ name: NAME, type: AAAA, rdata }] }));
    expect(end.events).toEqual([]);
  });

  it('about loopback is believed on loopback', () => {
    const end = new Segment().add('192.0.2.2');
    end.driver.act((agent, now) => agent.addLink(now, { base: 1, family: 4, addresses: ['127.0.0.1/8'] }));
    end.driver.act((agent, now) => agent.resolve(now, NAME));
    const bytes = answer(NAME, '127.0.0.7');
    const verdict = end.driver.act((agent, now) => {
      const from = agent.flows.intern(1, '127.0.0.3', 5353);
      return agent.handleDatagram(now, from, bytes, 0, bytes.length);
    });
    expect(verdict).toBe(Verdict.consumed);
    expect(end.events).toMatchObject([{ type: 'resolved', address: '127.0.0.7' }]);
  });

  it('that claims our name for another address is counted, and the name kept (9)', () => {
    const { segment, end, name } = owned();
    segment.say(end, '192.0.2.9', answer(name, '192.0.2.9'));
    expect(end.agent.counters.conflicts).toBe(1);
    end.driver.act((agent, now) => agent.resolve(now, name));
    expect(end.events).toMatchObject([{ type: 'resolved', address: '192.0.2.1' }]);
  });

  it('of names that nobody asked for costs no memory, but for those that hide an address, a bounded number', () => {
    const segment = new Segment();
    const end = segment.add('192.0.2.2', { maxCached: 10 });
    for (let i = 0; i < 100; i++) segment.say(end, '192.0.2.9', answer(`host-${i}.local`, '192.0.2.5'));
    expect(end.agent.size).toBe(0);
    for (let i = 10; i < 99; i++) segment.say(end, '192.0.2.9', answer(NAME.replace('1f', String(i)), '192.0.2.5'));
    expect(end.agent.size).toBe(10);
  });
});

describe('the caller', () => {
  it.each<[string, (agent: MdnsAgent) => unknown, string]>([
    ['a name of two labels', (agent) => agent.resolve(0, 'a.b.local'), 'bad-name'],
    ['a name of another domain', (agent) => agent.resolve(0, 'example.org'), 'bad-name'],
    ['a name too long', (agent) => agent.resolve(0, `${'a'.repeat(64)}.local`), 'bad-name'],
    ['a name that is not ours', (agent) => agent.unregister(0, NAME), 'bad-name'],
    ['no address', (agent) => agent.register(0, 'localhost'), 'bad-address'],
    ['a link without addresses', (agent) => agent.addLink(0, { base: 5, family: 4, addresses: [] }), 'bad-address'],
    [
      'a link without a prefix',
      (agent) => agent.addLink(0, { base: 5, family: 4, addresses: ['192.0.2.1'] }),
      'bad-address',
    ],
    [
      'a prefix too long',
      (agent) => agent.addLink(0, { base: 5, family: 4, addresses: ['192.0.2.1/33'] }),
      'bad-address',
    ],
    ['a configuration out of range', () => new MdnsAgent({ maxNames: 0 }, env()), 'bad-config'],
  ])('is told of %s', (_what, call, code) => {
    expect(codeOf(() => call(new MdnsAgent({}, env())))).toBe(code);
  });

  it('is told that it is closed, once; closing twice is once', () => {
    const agent = new MdnsAgent({}, env());
    agent.resolve(0, NAME);
    agent.close(1);
    agent.close(2);
    expect(agent.pollEvent()).toMatchObject({ type: 'unresolved', reason: 'closed' });
    expect(agent.pollEvent()).toBeUndefined();
    expect(codeOf(() => agent.resolve(3, NAME))).toBe('closed');
    expect(codeOf(() => agent.register(3, '192.0.2.1'))).toBe('closed');
    expect(agent.unregister(3, NAME)).toBeUndefined();
  });

  it('gets no more names than the bound, and can use a link again', () => {
    const agent = new MdnsAgent({ maxNames: 2 }, env());
    expect([1, 2, 3].map(() => agent.register(0, '192.0.2.1') !== undefined)).toEqual([true, true, false]);
    const link = { base: 0, family: 4, addresses: ['192.0.2.1/24'] } as const;
    agent.addLink(0, link);
    expect(codeOf(() => agent.addLink(0, link))).toBe('bad-address');
    agent.removeLink(0);
    agent.removeLink(0);
    agent.addLink(0, link);
  });

  it('with a slot that is too small loses the message, and nothing is tried for ever', () => {
    const agent = new MdnsAgent({}, env());
    agent.addLink(0, { base: 0, family: 4, addresses: ['192.0.2.1/24'] });
    agent.register(0, '192.0.2.1');
    agent.resolve(0, NAME);
    const small = createSlot(40);
    expect(slotCapacity(small)).toBe(40);
    for (let now = 0; now < 10_000; now += 500) {
      agent.handleTimeout(now);
      expect(agent.pollTransmit(now, small)).toBe(false);
    }
    expect(agent.counters.tooLarge).toBe(5);
    agent.handleSendError(10_000, 0, 'ENETUNREACH');
    expect(agent.counters.sendErrors).toBe(1);
  });

  it('with a slot for more than a packet sends no message that would be cut in fragments (17)', () => {
    const agent = new MdnsAgent({}, env());
    agent.addLink(0, { base: 0, family: 4, addresses: ['192.0.2.1/24'] });
    for (let i = 0; i < 40; i++) agent.register(0, '192.0.2.1');
    for (let i = 0; i < 40; i++) agent.resolve(0, `host-${i}.local`);
    const large = createSlot(20_000);
    const lengths: number[] = [];
    while (agent.pollTransmit(600, large)) lengths.push(large.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1452);
    expect(lengths.length).toBeLessThan(10);
    expect(agent.pollTimeout()).toBeGreaterThan(600);
  });

  it('finds many names in few messages', () => {
    const segment = new Segment();
    const end: End = segment.add('192.0.2.1');
    end.driver.act((agent, now) => {
      for (let i = 0; i < 40; i++) agent.register(now, '192.0.2.1');
      for (let i = 0; i < 40; i++) agent.resolve(now, `host-${i}.local`);
    });
    segment.runFor(900);
    const announced = segment.crossings.flatMap(({ bytes }) => {
      const reader = read(bytes);
      return Array.from({ length: reader.entries }, (_, i) => reader.type(i)).filter((type) => type === A);
    });
    expect(announced).toHaveLength(80);
    expect(segment.crossings.length).toBeLessThan(10);
  });
});
