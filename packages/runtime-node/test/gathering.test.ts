import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  type FaultEvent,
  type LocalAddress,
  openUdpSocket,
  type PathEvent,
  PeerConnection,
  type PeerConnectionConfig,
} from '../src/index.ts';
import { connectedPair } from './kit/connected-pair.ts';

function loopback(address: string, name = 'lo'): LocalAddress {
  return { address, family: address.includes(':') ? 6 : 4, interface: name, loopback: true };
}

/** A configuration without addresses of its own, on a machine that has these now. */
function following(present: readonly LocalAddress[]): PeerConnectionConfig {
  return { addresses: undefined, listAddresses: () => [...present], iceTcp: 'none' };
}

async function gathered(connection: PeerConnection): Promise<string[]> {
  const lines: string[] = [];
  const done = new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else lines.push(candidate.candidate ?? '');
    };
  });
  connection.createDataChannel('test');
  await connection.setLocalDescription();
  await done;
  return lines;
}

/** Resolves when a path of the connection says so. */
function pathEvent(connection: PeerConnection, fits: (event: PathEvent) => boolean): Promise<PathEvent> {
  return new Promise((resolve) => {
    const listen = (event: Event) => {
      if (!fits(event as PathEvent)) return;
      connection.removeEventListener('path', listen);
      resolve(event as PathEvent);
    };
    connection.addEventListener('path', listen);
  });
}

const localsOf = (connection: PeerConnection) =>
  new Set(connection.getMultipathStats().paths.map((path) => path.local.replace(/:\d+$/, '')));

describe('addresses that come and go', () => {
  it('become paths and leave again while connected, without a restart', async () => {
    const present = [loopback('127.0.0.1')];
    const pair = await connectedPair(following(present));
    expect([...localsOf(pair.offerer)]).toEqual(['127.0.0.1']);
    const { localDescription } = pair.offerer;

    // The path that is there may change its state meanwhile: it is not the one waited for.
    const up = pathEvent(pair.offerer, () => localsOf(pair.offerer).has('127.0.0.3'));
    present.push(loopback('127.0.0.3', 'lo:1'));
    await up;
    expect(localsOf(pair.offerer)).toContain('127.0.0.3');

    const gone = pathEvent(pair.offerer, ({ why }) => why === 'base-removed');
    present.shift();
    await gone;
    const received = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    pair.channel.send('by what is left');
    expect(await received).toBe('by what is left');
    const ufrag = /a=ice-ufrag:(\S+)/;
    expect(ufrag.exec(pair.offerer.localDescription?.sdp ?? '')?.[1]).toBe(
      ufrag.exec(localDescription?.sdp ?? '')?.[1],
    );
    await pair.close();
  });

  it('are waited for where there is none yet: candidates come, and then their end, when an interface does', async () => {
    const present: LocalAddress[] = [];
    const connection = new PeerConnection(following(present));
    const faults: string[] = [];
    connection.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
    const gathering = new Promise((resolve) =>
      connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
    );
    const candidates = gathered(connection);
    await gathering;
    expect(connection.iceGatheringState).toBe('gathering');
    present.push({ ...loopback('127.0.0.1'), isAvoided: true });
    present.push(loopback('127.0.0.2'));
    const hold = setInterval(() => undefined, 1_000);
    expect((await candidates).map((line) => line.split(' ')[4])).toEqual(['127.0.0.2']);
    clearInterval(hold);
    expect([connection.iceGatheringState, faults]).toEqual(['complete', []]);
    await connection.close();
  });

  it('stay in use when they are deprecated, until they are gone', async () => {
    const present = [loopback('127.0.0.1'), loopback('127.0.0.2')];
    const pair = await connectedPair(following(present));
    present[0] = { ...present[0], isAvoided: true };
    const up = pathEvent(pair.offerer, () => localsOf(pair.offerer).has('127.0.0.3'));
    present.push(loopback('127.0.0.3'));
    await up;
    expect(localsOf(pair.offerer)).toContain('127.0.0.1');
    const gone = pathEvent(pair.offerer, ({ why }) => why === 'base-removed');
    present.shift();
    await gone;
    expect(localsOf(pair.offerer)).not.toContain('127.0.0.1');
    await pair.close();
  });

  it('are not followed where addresses were named', async () => {
    const present = [loopback('127.0.0.1')];
    const pair = await connectedPair({ listAddresses: () => [...present] });
    present[0] = loopback('127.0.0.3');
    // Longer than the interval of the watch.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(localsOf(pair.offerer)).toEqual(new Set(['127.0.0.1', '127.0.0.2']));
    await pair.close();
  });
});

describe('which addresses and ports are used', () => {
  it('those that the filter lets through', async () => {
    const present = [loopback('127.0.0.1'), loopback('127.0.0.2', 'docker0')];
    const connection = new PeerConnection({
      ...following(present),
      filter: ({ interface: name }) => name !== 'docker0',
    });
    const lines = await gathered(connection);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(' 127.0.0.1 ');
    await connection.close();
  });

  it('ports of the range, each once', async () => {
    const connection = new PeerConnection({
      addresses: ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
      portRange: [47_310, 47_312],
      iceTcp: 'none',
    });
    const lines = await gathered(connection);
    const ports = lines.map((line) => Number(line.split(' ')[5]));
    expect(ports.sort()).toEqual([47_310, 47_311, 47_312]);
    await connection.close();
  });

  it.each([
    ['none', []],
    ['active', ['active 9']],
    ['passive', ['passive 47313']],
    ['both', ['active 9', 'passive 47313']],
  ] as const)('and of TCP what iceTcp says: %s', async (iceTcp, wanted) => {
    const range = { addresses: ['127.0.0.1'], portRange: [47_313, 47_313] } as const;
    const connection = new PeerConnection(iceTcp === 'active' ? range : { ...range, iceTcp });
    const lines = (await gathered(connection)).map((line) => line.split(' '));
    expect(lines.map((fields) => fields[2])).toEqual(['udp', ...wanted.map(() => 'tcp')]);
    const tcp = lines.slice(1).map((fields) => `${fields[fields.indexOf('tcptype') + 1]} ${fields[5]}`);
    expect(tcp).toEqual(wanted);
    await connection.close();
  });

  it('and goes on without a listener that cannot be had, which it tells', async () => {
    const taken = createServer().listen(47_314, '127.0.0.1');
    await once(taken, 'listening');
    const connection = new PeerConnection({ addresses: [{ address: '127.0.0.1', port: 47_314 }], iceTcp: 'passive' });
    const told: string[] = [];
    connection.addEventListener('fault', (event) => told.push((event as FaultEvent).fault.code));
    expect(await gathered(connection)).toHaveLength(1);
    expect(told).toEqual(['tcp-unavailable']);
    await connection.close();
    taken.close();
  });

  it('no range that is none', () => {
    expect(() => new PeerConnection({ portRange: [5_000, 4_000] })).toThrowError(
      expect.objectContaining({ code: 'invalid-config' }),
    );
  });
});

describe('IPv6', () => {
  it('connects over ::1 beside 127.0.0.1', async () => {
    const addresses = ['::1', '127.0.0.1'];
    const pair = await connectedPair({ addresses }, { addresses });
    const received = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    pair.channel.send('by six');
    expect(await received).toBe('by six');
    const remotes = pair.offerer.getMultipathStats().paths.map((path) => path.remote);
    expect(remotes.some((remote) => remote.includes('::1'))).toBe(true);
    await pair.close();
  });

  it('alone is enough', async () => {
    const pair = await connectedPair({ addresses: ['::1'] }, { addresses: ['::1'] });
    expect(pair.offerer.getMultipathStats().paths).toHaveLength(1);
    await pair.close();
  });
});

describe('the egress of a path', () => {
  it('is learned from the counters, and what was declared stays', async () => {
    // Everything that anybody sends leaves by `wan`, says this machine.
    let packets = 0;
    const counted: PeerConnectionConfig = {
      readCounters: () =>
        new Map([
          ['wan', packets],
          ['other', 7],
        ]),
      sockets: async (address, port, handlers) => {
        const socket = await openUdpSocket(address, port, handlers);
        return {
          address: socket.address,
          port: socket.port,
          send: (...args) => {
            packets++;
            socket.send(...args);
          },
          close: () => socket.close(),
        };
      },
    };
    const pair = await connectedPair({
      ...counted,
      addresses: ['127.0.0.1', { address: '127.0.0.2', egress: 'said' }],
    });
    const egress = () =>
      new Map(pair.offerer.getMultipathStats().paths.map((p) => [p.local.replace(/:\d+$/, ''), p.egress]));
    while (egress().get('127.0.0.1') === undefined) {
      pair.channel.send('something to count');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(egress()).toEqual(
      new Map([
        ['127.0.0.1', 'wan'],
        ['127.0.0.2', 'said'],
      ]),
    );
    await pair.close();
  });
});
