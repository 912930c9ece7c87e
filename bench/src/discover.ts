import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A file that a runner may load, with the names by which it can be asked for. */
export interface Found {
  readonly file: string;
  /** The file's own name without its suffix, and the name of its package's folder. */
  readonly names: readonly string[];
}

/**
 * The files under `root` whose path ends with `suffix`, sorted; `node_modules` and `dist` are left out.
 *
 * @param root - the repository
 * @param folders - where to look: `packages/*` stands for every package
 * @param suffix - for example `.bench.ts`
 */
export function discover(root: string, folders: readonly string[], suffix: string): Found[] {
  const found: Found[] = [];
  for (const folder of folders.flatMap((pattern) => expand(root, pattern))) {
    for (const file of filesUnder(join(root, folder))) {
      if (!file.endsWith(suffix)) continue;
      const own = file.slice(file.lastIndexOf(sep) + 1, -suffix.length);
      const [top, name] = folder.split('/');
      found.push({ file, names: top === 'packages' ? [own, name] : [own] });
    }
  }
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Every file below `folder`, sub-folders included; none when it does not exist. */
export function filesUnder(folder: string): string[] {
  const entries = entriesOf(folder);
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return entry.isFile() ? [path] : [];
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesUnder(path);
  });
}

/** Loads the named export of each file; one that lacks it is a mistake of that file. */
export async function loadExport<T>(found: readonly Found[], name: string): Promise<{ found: Found; value: T }[]> {
  const loaded: { found: Found; value: T }[] = [];
  for (const item of found) {
    const module = (await import(pathToFileURL(item.file).href)) as Record<string, T>;
    if (module[name] === undefined) throw new Error(`${item.file} does not export ${name}`);
    loaded.push({ found: item, value: module[name] });
  }
  return loaded;
}

function expand(root: string, pattern: string): string[] {
  const at = pattern.indexOf('/*');
  if (at === -1) return [pattern];
  const parent = pattern.slice(0, at);
  const rest = pattern.slice(at + 2);
  return entriesOf(join(root, parent))
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}${rest}`);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
