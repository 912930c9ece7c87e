import { type DtlsCertificate, deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { Driver, SeededRandom, type StreamBase, StreamNet, simEnv, VirtualClock } from '@hawser/netsim';
import { createMessage } from '@hawser/sctp-dc';
import { NO_FLOW, type Slot } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { MultipathSession } from '../../src/index.ts';

interface Side {
  readonly session: MultipathSession;
  readonly certificate: DtlsCertificate;
  readonly driver: Driver<MultipathSession>;
  base: StreamBase | undefined;
  received: number;
  /** Whether what is given to the stream heeds that it is full. */
  full: boolean;
  sentWhileFull: number;
}

/** Two sessions that reach each other by one TCP connection, A to B, of 4 Mbit/s. */
function world(heeds = true) {
  const clock = new VirtualClock();
  const random = new SeededRandom('streams');
  const net = new StreamNet(clock, { delayMs: 10, rateBps: 4_000_000 });
  const make = (name: 'a' | 'b'): Side => {
    const certificate = generateCertificate(
      { unixMs: 1.8e12, secure: random.fork(`certificate ${name}`) },
      deterministicCrypto,
    );
    const role = name === 'a' ? 'controlling' : 'controlled';
    const env = simEnv(clock, random.fork(name));
    const session = new MultipathSession({ certificate, role, crypto: { dtls: deterministicCrypto } }, env);
    const message = createMessage();
    const driver = new Driver(clock, name, session, {
      transmit: (slot) => transmit(side, slot),
      event: (event) => {
        const other = name === 'a' ? b : a;
        if (event.type === 'candidate') other.driver.act((m, now) => m.addRemoteCandidate(now, event.candidate));
        if (event.type === 'readable') while (session.pollMessage(message)) side.received += message.length;
      },
    });
    const side: Side = {
      session,
      certificate,
      driver,
      base: undefined,
      received: 0,
      full: false,
      sentWhileFull: 0,
    };
    return side;
  };
  const transmit = (side: Side, slot: Slot) => {
    if (side.full && slot.length > 600) side.sentWhileFull++;
    const { flows } = side.session;
    side.base?.send(slot.buffer, slot.offset, slot.length, flows.address(slot.flow), flows.port(slot.flow));
  };
  const open = (side: Side, address: string, tcpType: 'active' | 'passive') => {
    const { flows } = side.session;
    const handlers = {
      onMessage: (bytes: Uint8Array, from: string, port: number) => {
        const flow = flows.intern(0, from, port);
        const copy = bytes.slice();
        if (flow !== NO_FLOW) side.driver.act((m, now) => m.handleDatagram(now, flow, copy, 0, copy.length));
      },
      onWritable: (isWritable: boolean, to: string, port: number) => {
        side.full = !isWritable;
        if (heeds) side.driver.act((m, now) => m.setFlowWritable(now, flows.find(0, to, port), isWritable));
      },
      onClosed: (code: string, to: string, port: number) =>
        side.driver.act((m, now) => m.handleSendError(now, flows.find(0, to, port), code)),
    };
    side.base = tcpType === 'active' ? net.active(address, handlers) : net.passive(address, 7_000, handlers);
    side.driver.act((m, now) => m.addBase(now, { base: 0, address, port: 7_000, transport: 'tcp', tcpType }));
    side.driver.act((m, now) => m.endOfLocalCandidates(now));
  };
  const a = make('a');
  const b = make('b');
  const describe = (side: Side, other: Side, dtlsRole: 'client' | 'server') =>
    side.driver.act((m, now) =>
      m.setRemote(now, {
        ...other.session.iceParameters,
        hawser: true,
        fingerprints: [{ algorithm: 'sha-256', value: other.certificate.fingerprint('sha-256') }],
        dtlsRole,
        sctp: { remotePort: 5_000, maxMessageSizeBytes: 262_144 },
      }),
    );
  describe(a, b, 'client');
  describe(b, a, 'server');
  open(b, '10.2.0.1', 'passive');
  open(a, '10.1.0.1', 'active');
  clock.runFor(1_000);
  return { clock, net, a, b };
}

/** A sends a megabyte as fast as it may; the milliseconds it took, or -1. */
function sendMegabyte({ clock, a, b }: ReturnType<typeof world>): number {
  const channel = a.driver.act((m, now) => m.openChannel(now, { label: 'bulk' }));
  const start = clock.now;
  const chunk = new Uint8Array(16_384);
  let left = 64;
  while (b.received < 1_048_576 && clock.now - start < 20_000) {
    while (left > 0 && a.session.bufferedAmount(channel) < 200_000) {
      a.driver.act((m, now) => m.send(now, channel, chunk, 0, chunk.length, true));
      left--;
    }
    clock.runFor(10);
  }
  return b.received === 1_048_576 ? clock.now - start : -1;
}

describe('a session over one TCP connection', () => {
  it('puts nothing on a stream that is full but what it needs to stay alive', () => {
    const heeding = world();
    expect([heeding.a.session.isConnected, heeding.b.session.isConnected]).toEqual([true, true]);
    const took = sendMegabyte(heeding);
    expect(heeding.a.sentWhileFull).toBe(0);
    // 8.4 Mbit at 4 Mbit/s are 2.1 s; headers and the way there are the rest.
    expect(took).toBeGreaterThan(0);
    expect(took).toBeLessThan(2_600);
    // Without, the queue of the stream would have grown and grown.
    const heedless = world(false);
    sendMegabyte(heedless);
    expect(heedless.a.sentWhileFull).toBeGreaterThan(0);
  });

  it('goes on over the next connection when one is reset', () => {
    const made = world();
    made.clock.runFor(100);
    made.net.reset();
    expect(sendMegabyte(made)).toBeGreaterThan(0);
    expect(made.net.opened).toBe(2);
    expect(made.a.session.getMultipathStats().paths.map(({ transport, state }) => `${transport} ${state}`)).toEqual([
      'tcp active',
    ]);
  });
});
