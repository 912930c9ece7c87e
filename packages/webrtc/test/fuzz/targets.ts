import { readdirSync, readFileSync } from 'node:fs';
import type { FuzzTarget } from '@hawser/bench';
import { WebrtcError } from '../../src/index.ts';
import { makePeer } from '../support/peers.ts';

const folder = new URL('../vectors/captures/', import.meta.url);
const decoder = new TextDecoder('latin1');

/** Offers any text, and answers what can be answered. */
function offerAnything(bytes: Uint8Array): string {
  const { machine } = makePeer(1);
  const error = machine.setRemoteDescription(0, { type: 'offer', sdp: decoder.decode(bytes) });
  if (error !== undefined) return error.reason ?? error.code;
  try {
    machine.setLocalDescription(0);
    return 'answered';
  } catch (thrown) {
    // An answer that cannot be put into force is the caller's to hear of; anything else is a fault of ours.
    if (!(thrown instanceof WebrtcError)) throw thrown;
    return thrown.code;
  }
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'webrtc-offer',
    run: offerAnything,
    seeds: readdirSync(folder)
      .filter((name) => name.endsWith('.sdp'))
      .map((name) => new Uint8Array(readFileSync(new URL(name, folder)))),
  },
];
