import { readdirSync, readFileSync } from 'node:fs';
import { type Description, parseDescription } from '../../src/index.ts';

const folder = new URL('../vectors/captures/', import.meta.url);

/** Names of the captured descriptions, of browsers and of calls with werift. */
export const captureNames: string[] = readdirSync(folder).filter((name) => name.endsWith('.sdp'));

export const offerNames: string[] = captureNames.filter((name) => /offer\.sdp$|before\.sdp$/.test(name));

export function readCapture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

export function parseCapture(name: string): Description {
  return mustParse(readCapture(name));
}

export function mustParse(text: string): Description {
  const result = parseDescription(text);
  if (!result.ok) throw new Error(`line ${result.line}: ${result.reason}: ${result.message}`);
  return result.description;
}
