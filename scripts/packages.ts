import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder } from '../bench/src/discover.ts';

/** Package names without scope, each with those it imports, all sorted. */
export type ImportGraph = Readonly<Record<string, readonly string[]>>;

/** A `package.json` as far as the house's rules look at it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly files?: readonly string[];
  readonly exports?: { readonly '.': Readonly<Record<string, unknown>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A folder of `packages/`. */
export interface Package {
  /** The folder's name under `packages/`. */
  readonly folder: string;
  /** The published name without its scope. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Files of `src/` without tests, relative to the repository. */
  readonly sources: readonly string[];
  /** Files of `src/` and `test/` that end in `.test.ts`, relative to the repository. */
  readonly tests: readonly string[];
  /** The Hawser packages that its sources import, sorted, without scope. */
  readonly imports: readonly string[];
}

const SCOPE = '@hawser/';

/** Reads every package of the repository at `root`, sorted by folder. */
export function readPackages(root: string): Package[] {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'packages', entry.name, 'package.json')))
    .map((entry) => readPackage(root, entry.name))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The module names that a source imports or re-exports, types included. Comments are left out. */
export function importedModules(source: string): string[] {
  const statement =
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
  return [...withoutComments(source).matchAll(statement)].map((match) => match[1] ?? match[2] ?? match[3]);
}

/** The source with its comments blanked out, line breaks kept. */
export function withoutComments(source: string): string {
  const commentOrString = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
  return source.replace(commentOrString, (match) => (match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match));
}

function readPackage(root: string, folder: string): Package {
  const base = join(root, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(base, 'package.json'), 'utf8')) as Manifest;
  const list = (part: string) => filesUnder(join(base, part)).filter((file) => file.endsWith('.ts'));
  const isTest = (file: string) => file.endsWith('.test.ts');
  const sources = list('src').filter((file) => !isTest(file));
  const own = sources
    .flatMap((file) => importedModules(readFileSync(file, 'utf8')))
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length));
  const tests = [...list('src'), ...list('test')].filter(isTest);
  return {
    folder,
    name: manifest.name.slice(SCOPE.length),
    manifest,
    sources: sources.map((file) => relative(root, file)),
    tests: tests.map((file) => relative(root, file)),
    imports: [...new Set(own)].sort(),
  };
}
