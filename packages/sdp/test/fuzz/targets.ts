import type { FuzzTarget } from '@hawser/bench';
import {
  answerOffer,
  parseCandidate,
  parseDescription,
  verifyAnswer,
  verifyOffer,
  writeDescription,
} from '../../src/index.ts';
import { captureNames, readCapture } from '../support/captures.ts';
import { everything } from '../support/local.ts';

const decoder = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** Reads a description, and answers and writes what reads; the answer must read again. */
function answerAnything(bytes: Uint8Array): string {
  const result = parseDescription(decoder.decode(bytes));
  if (!result.ok) return result.reason;
  const problem = verifyOffer(result.description);
  const { description } = answerOffer(result.description, everything);
  const again = parseDescription(writeDescription(description));
  if (!again.ok) throw new Error(`our own answer does not read: ${again.message}`);
  const same = parseDescription(writeDescription(result.description));
  if (!same.ok) throw new Error(`a description that was read does not read again: ${same.message}`);
  if (problem !== undefined) return `answered, ${problem.reason}`;
  const misfit = verifyAnswer(result.description, description);
  if (misfit !== undefined) throw new Error(`our answer does not fit: ${misfit.reason} in section ${misfit.section}`);
  return 'answered';
}

function readCandidate(bytes: Uint8Array): string {
  const result = parseCandidate(decoder.decode(bytes));
  return result.ok ? 'read' : result.reason;
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  { name: 'sdp', run: answerAnything, seeds: captureNames.map((name) => encoder.encode(readCapture(name))) },
  {
    name: 'sdp-candidate',
    run: readCandidate,
    seeds: [encoder.encode('candidate:1 1 udp 2122260223 10.77.9.1 52343 typ host generation 0 network-id 1')],
  },
];
