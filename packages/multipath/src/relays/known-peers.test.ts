import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownPeers, MAX_PEERS } from './known-peers.ts';

const nobody = () => false;
const texts = (peers: Iterable<{ text(): string; port: number }>) =>
  [...peers].map((one) => `${one.text()} ${one.port}`);

describe('peers that descriptions name', () => {
  it('are those of the newest generation once a restart is done', () => {
    const peers = new KnownPeers();
    peers.add('192.0.2.1', 1, nobody);
    peers.add('192.0.2.2', 1, nobody);
    peers.beginGeneration();
    peers.add('192.0.2.3', 1, nobody);
    expect(peers.add('192.0.2.2', 1, nobody)).toEqual({});
    expect(texts(peers.endGenerations())).toEqual(['192.0.2.1 1']);
    expect(texts(peers)).toEqual(['192.0.2.2 1', '192.0.2.3 1']);
    expect(peers.endGenerations()).toEqual([]);
  });

  it('are no names, and no port 0 apart', () => {
    const peers = new KnownPeers();
    expect(peers.add('a.local', 1, nobody)).toEqual({});
    expect(peers.size).toBe(0);
  });

  it('make way, the oldest that is of no use first', () => {
    const peers = new KnownPeers();
    for (let i = 0; i < MAX_PEERS; i++) peers.add(`192.0.2.${i}`, 1, nobody);
    const isInUse = (address: { text(): string }) => address.text() === '192.0.2.0';
    const { added, gone } = peers.add('198.51.100.1', 1, isInUse);
    expect([added?.text(), gone?.text()]).toEqual(['198.51.100.1', '192.0.2.1']);
    expect(peers.add('198.51.100.2', 1, () => true)).toEqual({});
    expect(peers.size).toBe(MAX_PEERS);
  });

  it('are never more than there is room for, each once, whatever is named', () => {
    const step = fc.oneof(fc.constant('restart'), fc.constant('done'), fc.nat(199));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const peers = new KnownPeers();
        for (const one of steps) {
          if (one === 'restart') peers.beginGeneration();
          else if (one === 'done') peers.endGenerations();
          else peers.add(`192.0.2.${one}`, 1, nobody);
        }
        const all = texts(peers);
        expect(all.length).toBeLessThanOrEqual(MAX_PEERS);
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
