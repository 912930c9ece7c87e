import { defineConfig } from 'tsup';

// Every package builds the same way: one entry, ESM and CommonJS beside each other, types for both.
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: { compilerOptions: { customConditions: null, noEmit: false, emitDeclarationOnly: true, types: ['node'] } },
  sourcemap: true,
  clean: true,
  treeshake: true,
});
