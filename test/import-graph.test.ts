import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentedGraph, drawGraph, graphMarkdown } from '../scripts/import-graph.ts';
import { readPackages } from '../scripts/packages.ts';
import { root } from './support.ts';

/** Who may import whom directly; what a package imports it may also take from below. Sideways arrows are only these. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  node: ['mesh', 'webrtc', 'ringbuffer', 'mdns'],
  mesh: ['webrtc', 'signaling'],
  webrtc: ['multipath', 'sdp'],
  multipath: ['ice-multipath', 'turn', 'dtls', 'srtp', 'sctp-dc', 'rtp', 'congestion', 'media-sync'],
  'ice-multipath': ['stun'],
  turn: ['stun'],
  stun: ['wire'],
  dtls: ['wire'],
  srtp: ['wire'],
  'sctp-dc': ['wire'],
  rtp: ['wire'],
  congestion: ['wire'],
  'media-sync': ['wire'],
  sdp: ['wire'],
  signaling: ['wire'],
  mdns: ['wire'],
  ringbuffer: ['wire'],
  netsim: ['wire'],
  wire: [],
};

function below(name: string): Set<string> {
  const reached = new Set<string>();
  const visit = (one: string) => {
    for (const next of ARROWS[one] ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      visit(next);
    }
  };
  visit(name);
  return reached;
}

const graph = drawGraph();

describe('the import graph', () => {
  it('is the one in docs (npm run graph -- --write draws it anew)', () => {
    expect(documentedGraph()).toEqual(graph);
    expect(readFileSync(`${root}docs/import-graph.md`, 'utf8')).toBe(graphMarkdown(graph));
  });

  it.each(Object.entries(graph))('points down only: %s', (name, imports) => {
    const allowed = below(name);
    expect(ARROWS, `${name} has no place in the drawing`).toHaveProperty([name]);
    expect(imports.filter((one) => !allowed.has(one))).toEqual([]);
  });

  it.each(readPackages(root).map((one) => [one.name, one] as const))('is what package.json says: %s', (_name, one) => {
    const declared = Object.keys(one.manifest.dependencies ?? {}).sort();
    expect(declared).toEqual(one.imports.map((name) => `@hawser/${name}`));
  });
});
