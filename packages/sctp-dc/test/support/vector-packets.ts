import { readFileSync } from 'node:fs';

interface Vector {
  readonly input: { readonly packet?: string; readonly message?: string };
}

function vectorsOf(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')).vectors;
}

/** Every whole packet of the vectors, in hexadecimal. */
export const vectorPackets: string[] = vectorsOf('sctp.json').flatMap(({ input }) => input.packet ?? []);

/** Every DCEP message of the vectors, in hexadecimal. */
export const dcepMessageVectors: string[] = vectorsOf('datachannel.json').flatMap(({ input }) => input.message ?? []);
