import { type FaultEvent, PeerConnection, type PeerConnectionConfig } from '@hawser/node';
import { afterEach, describe, expect, it } from 'vitest';
import { TurnService } from '../../apps/turn-server/src/turn-service.ts';
import { connectedPair } from '../../packages/runtime-node/test/kit/connected-pair.ts';

const USER = { username: 'alice', credential: 'correct horse' };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A relay on loopback; answers its port. */
async function relay(): Promise<number> {
  const service = new TurnService({
    realm: 'test',
    users: { [USER.username]: USER.credential },
    relayAddresses: { ipv4: '127.0.0.1' },
    peers: { allow: ['127.0.0.0/8'] },
  });
  closing.push(() => service.close());
  return service.listenUdp('127.0.0.1', 0);
}

/** Candidates until their end, and the faults meanwhile. */
async function gather(config: PeerConnectionConfig) {
  const connection = new PeerConnection({ addresses: ['127.0.0.1'], iceTcp: 'none', ...config });
  closing.push(() => connection.close());
  const faults: string[] = [];
  connection.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
  const types: string[] = [];
  const ended = new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else types.push(/typ (\w+)/.exec(candidate.candidate ?? '')?.[1] ?? '');
    };
  });
  connection.createDataChannel('test');
  await connection.setLocalDescription();
  await ended;
  return { types, faults };
}

describe('servers named by URI, on real sockets', () => {
  it('give relayed candidates beside the host ones', async () => {
    const port = await relay();
    const { types, faults } = await gather({ iceServers: [{ urls: `turn:127.0.0.1:${port}`, ...USER }] });
    expect(types.sort()).toEqual(['host', 'relay']);
    expect(faults).toEqual([]);
  });

  it('carry a connection of their own where the policy wants nothing else', async () => {
    const port = await relay();
    const config: PeerConnectionConfig = {
      addresses: ['127.0.0.1'],
      iceServers: [{ urls: `turn:127.0.0.1:${port}`, ...USER }],
      ice: { candidatePolicy: 'relay' },
    };
    const pair = await connectedPair(config, config);
    closing.push(() => pair.close());
    const received = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    pair.channel.send('through the relay');
    expect(await received).toBe('through the relay');
  });

  it('whose name does not resolve are a fault, and no more: gathering ends', async () => {
    const { types, faults } = await gather({ iceServers: [{ urls: 'stun:no-such-name.invalid' }] });
    expect(types).toEqual(['host']);
    expect(faults).toEqual(['server-failed']);
  });
});
