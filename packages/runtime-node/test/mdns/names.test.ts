import { afterEach, describe, expect, it } from 'vitest';
import { type FaultEvent, type IceCandidateInit, PeerConnection, type PeerConnectionConfig } from '../../src/index.ts';
import { ConnectionNames } from '../../src/mdns/connection-names.ts';
import { connectedPair } from '../kit/connected-pair.ts';
import { MulticastBus } from '../kit/multicast-bus.ts';

const NAME = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.local/g;
const UNKNOWN = '1f4712db-ea17-4bcf-a596-105139dfd8bf.local';
const opened: PeerConnection[] = [];

function connection(config: PeerConnectionConfig): PeerConnection {
  const made = new PeerConnection(config);
  opened.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Collects what a connection tells its peer, in words. */
function told(from: PeerConnection): string[] {
  const lines: string[] = [];
  from.addEventListener('icecandidate', (event) => {
    const { candidate } = event as unknown as { candidate: IceCandidateInit | null };
    lines.push(candidate?.candidate ?? 'end');
  });
  return lines;
}

describe('connections that hide their addresses', () => {
  it('find each other by name over one link, and say goodbye', async () => {
    const bus = new MulticastBus();
    const addresses = ['127.0.0.1'];
    const pair = await connectedPair(
      { addresses, mdnsCandidates: true, multicast: bus.machine('127.0.0.1') },
      { addresses: ['127.0.0.2'], mdnsCandidates: true, multicast: bus.machine('127.0.0.2') },
    );
    for (const { localDescription, remoteDescription } of [pair.offerer, pair.answerer]) {
      for (const sdp of [localDescription?.sdp, remoteDescription?.sdp]) {
        expect(sdp).toMatch(NAME);
        expect(sdp).not.toMatch(/candidate.* 127\./);
      }
    }
    expect(bus.open).toBe(2);
    await pair.close();
    expect(bus.open).toBe(0);
    // A goodbye of each: a response whose first record has no time to live.
    const goodbyes = bus.sent.filter(({ bytes }) => bytes[2] === 0x84 && ttlOfFirstRecord(bytes) === 0);
    expect(new Set(goodbyes.map(({ from }) => from))).toEqual(new Set(['127.0.0.1', '127.0.0.2']));
  });

  it('of one process share what listens, with names of their own', async () => {
    const bus = new MulticastBus();
    const multicast = bus.machine('127.0.0.1');
    const first = await connectedPair({ mdnsCandidates: true, multicast }, { mdnsCandidates: true, multicast });
    const names = [first.offerer, first.answerer].flatMap(({ localDescription }) => localDescription?.sdp.match(NAME));
    // Two addresses each, and a name for each of them.
    expect(new Set(names).size).toBe(4);
    expect(bus.open).toBe(1);
    await first.offerer.close();
    expect(bus.open).toBe(1);
    await first.close();
    expect(bus.open).toBe(0);
    // And again, with another service.
    const second = await connectedPair({ mdnsCandidates: true, multicast }, { multicast });
    expect(bus.open).toBe(1);
    await second.close();
    expect(bus.open).toBe(0);
  });

  it('open nothing where no name is told or wanted', async () => {
    const bus = new MulticastBus();
    const multicast = bus.machine('127.0.0.1');
    const pair = await connectedPair({ multicast }, { multicast });
    expect(bus.sent).toEqual([]);
    expect(bus.open).toBe(0);
    await pair.close();
  });
});

describe('a name that nothing has', () => {
  it('is a fault, and the connection goes on with what else there is', async () => {
    const bus = new MulticastBus();
    // Two addresses at once: such a name is given up as soon as the answer is there.
    answerWith(bus, UNKNOWN, ['192.0.2.1', '192.0.2.2']);
    const pair = await connectedPair({}, { multicast: bus.machine('127.0.0.1') });
    const fault = new Promise<string>((resolve) => {
      pair.answerer.addEventListener('fault', (event) => resolve((event as FaultEvent).fault.code));
    });
    await pair.answerer.addIceCandidate({ candidate: `candidate:1 1 udp 1 ${UNKNOWN} 9999 typ host`, sdpMid: '0' });
    expect(await fault).toBe('name-unresolved');
    expect(pair.answerer.connectionState).toBe('connected');
    await pair.close();
    expect(bus.open).toBe(1);
  });

  it('is not asked for when it is none, and harms nothing', async () => {
    const bus = new MulticastBus();
    const pair = await connectedPair({}, { multicast: bus.machine('127.0.0.1') });
    const faults: string[] = [];
    pair.answerer.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
    for (const label of ['-', '-a', 'a-', 'a'.repeat(64)]) {
      const candidate = `candidate:1 1 udp 1 ${label}.local 9999 typ host`;
      await pair.answerer.addIceCandidate({ candidate, sdpMid: '0' }).catch(() => {});
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(pair.answerer.connectionState).toBe('connected');
    expect(bus.sent).toEqual([]);
    expect(faults).toEqual([]);
    await pair.close();
  });

  it('is one of 64 at once for each connection, and leaves room for those of others', async () => {
    const network = new MulticastBus().machine('127.0.0.1');
    const refused: number[] = [];
    const hooks = { onResolved: (id: number) => void refused.push(id), onFault: () => {} };
    const names = [1, 2, 3, 4].map(() => new ConnectionNames(network, hooks));
    for (const [connection, each] of names.entries()) {
      for (let i = 0; i < 100; i++) each.resolve(i, `host-${connection}-${i}.local`);
    }
    expect(refused).toHaveLength(4 * 36);
    expect(Math.min(...refused)).toBe(64);
    await Promise.all(names.map((each) => each.close()));
  });

  it('port 5353 that cannot be had is a fault, said once, and addresses stay hidden', async () => {
    const bus = new MulticastBus();
    bus.refusal = 'EADDRINUSE';
    const alone = connection({ addresses: ['127.0.0.1'], mdnsCandidates: true, multicast: bus.machine('127.0.0.1') });
    const faults: string[] = [];
    const lines = told(alone);
    const failed = new Promise<void>((resolve) => {
      alone.addEventListener('fault', (event) => {
        faults.push((event as FaultEvent).fault.code);
        resolve();
      });
    });
    alone.createDataChannel('x');
    await alone.setLocalDescription();
    await failed;
    expect(faults).toEqual(['mdns-unavailable']);
    expect(alone.localDescription?.sdp ?? '').not.toContain('127.0.0.1 ');
    expect(lines.filter((line) => line.includes('127.0.0.1'))).toEqual([]);
  });
});

/** Time to live of the first record of a response without questions. */
function ttlOfFirstRecord(bytes: Uint8Array): number {
  let at = 12;
  while (bytes[at] !== 0) at += 1 + bytes[at];
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 5);
}

/** A machine that answers whatever it hears with these addresses for a name. */
function answerWith(bus: MulticastBus, name: string, addresses: readonly string[]): void {
  const machine = bus.machine('127.0.0.9');
  const label = new TextEncoder().encode(name.slice(0, name.indexOf('.')));
  const owner = [label.length, ...label, 5, ...new TextEncoder().encode('local'), 0];
  const records = addresses.flatMap((address) => [
    ...owner,
    0,
    1,
    0x80,
    1,
    0,
    0,
    0,
    120,
    0,
    4,
    ...address.split('.').map(Number),
  ]);
  const response = new Uint8Array([0, 0, 0x84, 0, 0, 0, 0, addresses.length, 0, 0, 0, 0, ...records]);
  const [link] = machine.links();
  const opened = machine.open(link, {
    onDatagram: (bytes) => {
      if (bytes[2] === 0)
        void opened.then((end) => end.send(response, 0, response.length, 5353, '224.0.0.251', () => {}));
    },
    onError: () => {},
  });
}
