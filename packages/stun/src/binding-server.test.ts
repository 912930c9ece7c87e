import { createSlot, FlowTable, resetSlot, Verdict } from '@hawser/wire';
import { expect, test } from 'vitest';
import { fromHex, seededBytes, toHex, vectors } from '../test/support.ts';
import { TransportAddress } from './attributes/address.ts';
import { BindingServer, type BindingServerConfig } from './binding-server.ts';
import { StunReader } from './reader.ts';
import { AttributeType, StunClass, StunMethod } from './registry.ts';
import { StunWriter } from './writer.ts';

const slot = createSlot(1200);
const reader = new StunReader();
const writer = new StunWriter();

function world(config: Partial<BindingServerConfig> = {}) {
  const flows = new FlowTable(64);
  const server = new BindingServer({ flows, ...config });
  return { flows, server };
}

function request(
  write: (writer: StunWriter) => void = () => {},
  cls: StunClass = StunClass.request,
  method = 1,
  seed = 1,
) {
  const out = new Uint8Array(600);
  writer.begin(out, 0, 600, cls, method, seededBytes(seed)(12), 0);
  write(writer);
  return out.slice(0, writer.finish());
}

/** The next answer, parsed; its flow. */
function poll(server: BindingServer): number {
  resetSlot(slot);
  if (!server.pollTransmit(0, slot)) return -1;
  expect(reader.parse(slot.buffer, slot.offset, slot.length)).toBe(Verdict.consumed);
  return slot.flow;
}

test.each(['192.0.2.9', '2001:db8::9'])(
  'tells %s where it comes from, by the flow and with the id of the request',
  (ip) => {
    const { flows, server } = world();
    flows.intern(0, '198.51.100.1', 1);
    const flow = flows.intern(0, ip, 4711);
    const bytes = request();
    expect(server.handleDatagram(0, flow, bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect(poll(server)).toBe(flow);
    expect([reader.cls, reader.method]).toEqual([StunClass.success, StunMethod.binding]);
    expect(reader.transactionIdEquals(bytes, 8)).toBe(true);
    const mapped = new TransportAddress();
    expect(reader.find(AttributeType.xorMappedAddress) && reader.xorAddress(mapped)).toBe(true);
    expect([mapped.text(), mapped.port]).toEqual([ip, 4711]);
    expect(reader.hasFingerprint).toBe(false);
    expect(poll(server)).toBe(-1);
  },
);

test('answers FINGERPRINT with FINGERPRINT, and says what it is where it was told', () => {
  const { flows, server } = world({ software: 'hawser' });
  const flow = flows.intern(0, '192.0.2.9', 4711);
  const bytes = request((w) => w.fingerprint());
  server.handleDatagram(0, flow, bytes, 0, bytes.length);
  poll(server);
  expect(reader.verifyFingerprint()).toBe(true);
  expect(reader.find(AttributeType.software) && reader.text()).toBe('hawser');
});

test('answers a check of ICE, whose credentials it does not know', () => {
  const vector = vectors.find(({ name }) => name.startsWith('RFC 5769 2.4'));
  const bytes = fromHex(vector?.input.message as string);
  const { flows, server } = world();
  server.handleDatagram(0, flows.intern(0, '192.0.2.9', 1), bytes, 0, bytes.length);
  poll(server);
  expect(reader.cls).toBe(StunClass.success);
});

test('answers 420 to what must be understood and is not, with the list (RFC 8489 6.3.1)', () => {
  const { flows, server } = world();
  const flow = flows.intern(0, '192.0.2.9', 1);
  const bytes = request((w) => {
    w.u32(AttributeType.priority, 1);
    w.flag(0x7ffe);
    w.flag(0x7ffe);
    w.flag(0xffff);
  });
  server.handleDatagram(0, flow, bytes, 0, bytes.length);
  poll(server);
  expect(reader.cls).toBe(StunClass.error);
  expect(reader.find(AttributeType.errorCode) && reader.errorCode()).toBe(420);
  const types = new Uint16Array(4);
  expect(reader.find(AttributeType.unknownAttributes) && reader.unknownAttributes(types)).toBe(2);
  expect(Array.from(types)).toEqual([AttributeType.priority, 0x7ffe, 0, 0]);
});

test('takes Binding indications in silence, and drops whatever else there is', () => {
  const { flows, server } = world();
  const flow = flows.intern(0, '192.0.2.9', 1);
  const take = (bytes: Uint8Array) => server.handleDatagram(0, flow, bytes, 0, bytes.length);
  expect(take(request(undefined, StunClass.indication))).toBe(Verdict.consumed);
  expect(take(request((w) => w.flag(0x7ffe), StunClass.indication))).toBe(Verdict.unexpected);
  expect(take(request(undefined, StunClass.success))).toBe(Verdict.unexpected);
  expect(take(request(undefined, StunClass.request, StunMethod.allocate))).toBe(Verdict.unexpected);
  expect(take(Uint8Array.of(0x80, 1, 2, 3))).toBe(Verdict.notMine);
  const wrong = request((w) => w.fingerprint());
  wrong[wrong.length - 1] ^= 1;
  expect(take(wrong)).toBe(Verdict.malformed);
  expect(poll(server)).toBe(-1);
  expect(server.stats()).toEqual({
    answered: 0,
    unknownAttributes: 0,
    indications: 1,
    notMine: 1,
    malformed: 1,
    unexpected: 3,
    overLimit: 0,
    unsent: 0,
    withheld: 0,
    bytesIn: 0,
    bytesReserved: 0,
    bytesOut: 0,
  });
});

test('a flood that nobody drains is bounded, and answers keep their order', () => {
  const { flows, server } = world({ queue: 3 });
  const verdicts: number[] = [];
  for (let i = 0; i < 5; i++) {
    const bytes = request(undefined, StunClass.request, 1, i);
    verdicts.push(server.handleDatagram(0, flows.intern(0, '192.0.2.9', i), bytes, 0, bytes.length));
  }
  expect(verdicts).toEqual([0, 0, 0, Verdict.overLimit, Verdict.overLimit]);
  const ports: number[] = [];
  for (let flow = poll(server); flow >= 0; flow = poll(server)) {
    ports.push(flows.port(flow));
    expect(toHex(slot.buffer, slot.offset + 8, 12)).toBe(toHex(seededBytes(ports.length - 1)(12)));
  }
  expect(ports).toEqual([0, 1, 2]);
  expect(server.stats()).toMatchObject({ answered: 3, overLimit: 2 });
});

test('an answer whose flow is gone, or that does not fit, is not sent', () => {
  const { flows, server } = world();
  const bytes = request();
  server.handleDatagram(0, flows.intern(7, '192.0.2.9', 1), bytes, 0, bytes.length);
  flows.dropBase(7);
  expect(poll(server)).toBe(-1);
  server.handleDatagram(0, flows.intern(8, '192.0.2.9', 1), bytes, 0, bytes.length);
  expect(server.pollTransmit(0, createSlot(31))).toBe(false);
  expect(server.stats()).toMatchObject({ answered: 0, unsent: 2 });
});

test('no answer is more than 24 bytes longer than what it answers', () => {
  const { flows, server } = world();
  const address = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff';
  for (let attributes = 0; attributes <= 20; attributes++) {
    for (const fingerprint of [false, true]) {
      const bytes = request((w) => {
        for (let i = 0; i < attributes; i++) w.flag(0x7f00 + i);
        if (fingerprint) w.fingerprint();
      });
      const flow = flows.intern(0, address, 1 + 2 * attributes + (fingerprint ? 1 : 0));
      server.handleDatagram(0, flow, bytes, 0, bytes.length);
      expect(poll(server)).toBe(flow);
      expect(slot.length).toBeLessThanOrEqual(bytes.length + 24);
    }
  }
});

/** Sends `count` of the shortest requests and drains; the flows that were answered. */
function flood(server: BindingServer, flowOf: (i: number) => number, count: number): number[] {
  const bytes = request();
  const answered: number[] = [];
  for (let i = 0; i < count; i++) {
    server.handleDatagram(0, flowOf(i), bytes, 0, bytes.length);
    for (let flow = poll(server); flow >= 0; flow = poll(server)) answered.push(flow);
  }
  return answered;
}

test('counts what its answers have before it writes them', () => {
  for (const software of ['', 'h', 'hawser \u2693']) {
    const { flows, server } = world({ software, fingerprint: software === 'h', advanceBytesPerSecond: 100_000 });
    let bytesOut = 0;
    for (const ip of ['192.0.2.9', '2001:db8::9']) {
      for (let unknown = 0; unknown < 5; unknown++) {
        const bytes = request((w) => {
          for (let i = 0; i < unknown; i++) w.flag(0x7f00 + i);
          if (unknown % 2 === 0) w.fingerprint();
        });
        const flow = flows.intern(0, ip, unknown);
        for (let copies = 0; poll(server) < 0; copies++) {
          expect(copies).toBeLessThan(3);
          server.handleDatagram(0, flow, bytes, 0, bytes.length);
        }
        bytesOut += slot.length;
      }
    }
    const stats = server.stats();
    expect([stats.bytesOut, stats.bytesReserved]).toEqual([bytesOut, bytesOut]);
  }
});

test('a source that floods gets 64 bytes more than came from it, and no others', () => {
  const { flows, server } = world();
  const flow = flows.intern(0, '192.0.2.9', 4711);
  expect(flood(server, () => flow, 1000)).toHaveLength(Math.floor((20_000 + 64) / 32));
  const { bytesIn, bytesOut, answered, withheld } = server.stats();
  expect([bytesIn, bytesOut <= 20_064, answered + withheld]).toEqual([20_000, true, 1000]);
});

test.each([
  ['nothing', {}],
  ['undefined', { advanceBytesPerSecond: undefined }],
])('forged sources without number get 1 000 bytes a second more than came from them, where %s is said', (_, config) => {
  const { flows, server } = world(config);
  const forged = (i: number) => flows.intern(0, `192.0.${i >> 8}.${i & 255}`, 4711);
  expect(flood(server, forged, 1000)).toHaveLength(Math.floor(1000 / 12));
  expect(server.stats().bytesOut).toBeLessThanOrEqual(1000 * 20);
});

test('without an advance the second copy of the shortest request is answered, and nothing ever exceeds what came', () => {
  const { flows, server } = world({ advanceBytesPerSecond: 0 });
  const flow = flows.intern(0, '192.0.2.9', 4711);
  expect(flood(server, () => flow, 1)).toEqual([]);
  expect(flood(server, () => flow, 1)).toEqual([flow]);
  flood(server, () => flow, 1000);
  const { bytesIn, bytesOut } = server.stats();
  expect(bytesIn - bytesOut).toBeGreaterThanOrEqual(0);
  expect(bytesIn - bytesOut).toBeLessThan(32);
});

test('misuse is told at once', () => {
  expect(() => world({ queue: 0 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  expect(() => world({ sources: 1 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  expect(() => world({ advanceBytesPerSecond: -1 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  expect(() => world({ software: 'x'.repeat(128) })).toThrowError(expect.objectContaining({ code: 'too-long' }));
});
