import { defineConfig } from 'vitest/config';

// Tests run on the sources: the `@hawser/source` condition of every package's `exports` names `src/index.ts`.
const conditions = ['@hawser/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', '{apps,bench,examples,interop,scripts,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
