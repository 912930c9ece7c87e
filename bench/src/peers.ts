import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Unavailable } from './contract.ts';

/** The folder of the other stacks: its own manifest and lock, no workspace. Filled by `bench/peers/setup`. */
export const peersFolder = fileURLToPath(new URL('../peers', import.meta.url));

/** The version of an installed npm peer, or undefined when `bench/peers/setup` has not brought it. */
export function peerVersion(name: string): string | undefined {
  const manifest = join(peersFolder, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined;
}

/**
 * Loads an npm peer (CommonJS) from `bench/peers/node_modules`.
 *
 * @param name - the package's name, for example `werift`
 * @param entry - a file of it, where what is wanted is not among its exports
 * @returns the module's exports and version, or why it cannot be had
 */
export function requirePeer<T>(name: string, entry?: string): { module: T; version: string } | Unavailable {
  const version = peerVersion(name);
  if (version === undefined) return { unavailable: `${name} is not installed: run bench/peers/setup` };
  const require = createRequire(join(peersFolder, 'package.json'));
  try {
    return { module: require(entry === undefined ? name : join(peersFolder, 'node_modules', name, entry)), version };
  } catch (error) {
    return { unavailable: `${name} ${version} does not load: ${(error as Error).message.split('\n')[0]}` };
  }
}
