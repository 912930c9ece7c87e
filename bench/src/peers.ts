import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Unavailable } from './contract.ts';

/** The folder of the other stacks: its own manifest and lock, no workspace. Filled by `bench/peers/setup`. */
export const peersFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'peers');

/** The version of an installed npm peer, or undefined when `bench/peers/setup` has not brought it. */
export function peerVersion(name: string): string | undefined {
  const manifest = join(peersFolder, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined;
}

/**
 * Loads an npm peer from `bench/peers/node_modules`.
 *
 * @param name - the package's name, for example `werift`
 * @param entry - its file to load, relative to the package, where its `exports` do not name what is wanted
 * @returns the module's exports and version, or why it cannot be had
 */
export async function importPeer<T>(
  name: string,
  entry?: string,
): Promise<{ module: T; version: string } | Unavailable> {
  const version = peerVersion(name);
  if (version === undefined) return { unavailable: `${name} is not installed: run bench/peers/setup` };
  const folder = join(peersFolder, 'node_modules', name);
  try {
    const file = entry === undefined ? mainFile(folder) : join(folder, entry);
    return { module: (await import(pathToFileURL(file).href)) as T, version };
  } catch (error) {
    return { unavailable: `${name} ${version} does not load: ${(error as Error).message.split('\n')[0]}` };
  }
}

function mainFile(folder: string): string {
  const { main = 'index.js' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main?: string };
  return join(folder, main);
}
