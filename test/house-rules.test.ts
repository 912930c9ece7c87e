import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importedModules, readPackages, withoutComments } from '../scripts/packages.ts';
import { repositoryFiles, root } from './support.ts';

const packages = readPackages(root);
const rootManifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');
const MOST_LINES = 400;

/** The package whose business sockets, clocks and the process are. */
const RUNTIME = 'runtime-node';

describe.each(packages.map((one) => [one.folder, one] as const))('packages/%s', (folder, one) => {
  const { manifest, sources } = one;

  it('depends at run time on nothing but Hawser', () => {
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
    const names = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
    expect(names.filter((name) => !name.startsWith('@hawser/'))).toEqual([]);
  });

  it('imports by package name, and nothing from outside', () => {
    const strange = sources.flatMap((file) =>
      importedModules(read(file))
        .filter((name) => !name.startsWith('@hawser/') && !name.startsWith('node:'))
        .filter((name) => !name.startsWith('.') || name.includes('/src/') || !name.endsWith('.ts'))
        .map((name) => `${file}: ${name}`),
    );
    expect(strange).toEqual([]);
  });

  if (folder !== RUNTIME) {
    it('takes no built-in but node:crypto, and that in src/crypto.ts', () => {
      const builtIns = sources.flatMap((file) => {
        const allowed = file === `packages/${folder}/src/crypto.ts` ? ['node:crypto'] : [];
        return importedModules(read(file))
          .filter((name) => name.startsWith('node:') && !allowed.includes(name))
          .map((name) => `${file}: ${name}`);
      });
      expect(builtIns).toEqual([]);
    });

    it('has no clock, no timer, no ambient randomness, no console', () => {
      const ambient =
        /\b(?:Date\.now|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random)\s*\(|\bnew Date\(\)|\bconsole\s*\.|\bglobalThis\s*[.[]/;
      expect(sources.filter((file) => ambient.test(withoutComments(read(file))))).toEqual([]);
    });
  }

  it(`has no source of more than ${MOST_LINES} lines`, () => {
    const long = sources
      .map((file) => [file, read(file).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('has a README, the licence, and a property test', () => {
    expect(existsSync(`${root}packages/${folder}/README.md`), 'README.md').toBe(true);
    expect(existsSync(`${root}packages/${folder}/LICENSE`), 'LICENSE').toBe(true);
    expect(one.tests.filter((file) => file.endsWith('.prop.test.ts')).length, 'property tests').toBeGreaterThan(0);
  });

  it('is published the same way as the others', () => {
    expect(manifest.version).toBe(rootManifest.version);
    expect(manifest).toMatchObject({
      name: `@hawser/${folder === RUNTIME ? 'node' : folder}`,
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20' },
      exports: {
        '.': {
          '@hawser/source': './src/index.ts',
          import: { types: './dist/index.d.ts', default: './dist/index.js' },
          require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
        },
        './package.json': './package.json',
      },
    });
    const versions = Object.values(manifest.dependencies ?? {});
    expect(versions.filter((version) => version !== rootManifest.version)).toEqual([]);
  });

  it('has an index that only exports', () => {
    const rest = withoutComments(read(`packages/${folder}/src/index.ts`)).replace(
      /export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'[^']+';/g,
      '',
    );
    expect(rest.trim()).toBe('');
  });
});

describe('the repository', () => {
  const code = repositoryFiles('*.ts').filter((file) => existsSync(`${root}${file}`));

  it('has no skipped, focused or empty test, and no note of unfinished work', () => {
    // Written in parts, so that this file is not its own finding.
    const unfinished = new RegExp(
      `\\b(?:it|test|describe)\\.(?:skip|only|todo)\\b|\\b(?:TO${'DO'}|FIX${'ME'}|XX${'X'})\\b`,
    );
    const found = code.filter((file) => unfinished.test(read(file)));
    expect(found).toEqual([]);
  });

  it('waits for no wall clock in tests of machines', () => {
    // Tests beside another program (test/interop) wait for that program.
    const tests = code.filter((file) => /^packages\/(?!runtime-node\/|[^/]+\/test\/interop\/).*\.test\.ts$/.test(file));
    const sleeps = /\bsetTimeout\s*\(|\bvi\.waitFor\b|\btimers\/promises\b/;
    expect(tests.filter((file) => sleeps.test(withoutComments(read(file))))).toEqual([]);
  });
});
