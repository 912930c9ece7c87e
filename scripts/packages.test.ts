import { describe, expect, it } from 'vitest';
import { importedModules, withoutComments } from './packages.ts';

describe('reading imports out of a source', () => {
  it('finds every form of import', () => {
    const source = `
import { a,
  b } from '@hawser/wire';
import type { T } from "@hawser/stun";
import './side-effect.ts';
export { c } from './c.ts';
export type * from '@hawser/dtls';
const late = await import('node:fs');
type X = import('@hawser/rtp').Packet;
`;
    expect(importedModules(source)).toEqual([
      '@hawser/wire',
      '@hawser/stun',
      './side-effect.ts',
      './c.ts',
      '@hawser/dtls',
      'node:fs',
      '@hawser/rtp',
    ]);
  });

  it('is not taken in by comments', () => {
    expect(importedModules(`/**\n * import { x } from '@hawser/netsim';\n */\n// import '@hawser/netsim';\n`)).toEqual(
      [],
    );
  });

  it('is not taken in by exports that import nothing', () => {
    expect(importedModules(`export const from = 'x';\nexport function f() { return 'from "y"'; }\n`)).toEqual([]);
  });

  it('blanks comments and keeps strings and line numbers', () => {
    expect(withoutComments(`a /* b\n c */ 'http://x' // d\n"/*" e`)).toBe(`a     \n      'http://x'     \n"/*" e`);
  });
});
