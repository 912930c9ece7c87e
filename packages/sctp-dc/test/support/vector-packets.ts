import { readFileSync } from 'node:fs';

interface Vector {
  readonly input: { readonly packet?: string };
}

/** Every whole packet of the vectors, in hexadecimal. */
export const vectorPackets: string[] = (
  JSON.parse(readFileSync(new URL('../vectors/sctp.json', import.meta.url), 'utf8')) as { vectors: Vector[] }
).vectors.flatMap(({ input }) => (input.packet === undefined ? [] : [input.packet]));
