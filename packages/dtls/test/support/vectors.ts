import { readFileSync } from 'node:fs';

/** One vector as the files under `test/vectors` hold it. */
export interface Vector {
  readonly name: string;
  readonly input: Record<string, never>;
  readonly expected: Record<string, never>;
}

/** Vectors of `file` whose name begins with `prefix`; there must be some. */
export function vectors(file: string, prefix: string): Vector[] {
  const all = (readJson(file) as { vectors: Vector[] }).vectors;
  const found = all.filter((vector) => vector.name.startsWith(prefix));
  if (found.length === 0) throw new Error(`no vector named ${prefix} in ${file}`);
  return found;
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8'));
}
