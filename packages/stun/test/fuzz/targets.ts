import type { FuzzTarget } from '@hawser/bench';
import { verdictName } from '@hawser/wire';
import { AttributeType, StunReader, shortTermKey, TransportAddress } from '../../src/index.ts';
import { fromHex, vectors } from '../support.ts';

const reader = new StunReader();
const address = new TransportAddress();
const unknown = new Uint16Array(8);
const key = shortTermKey('VOkJxbRl1RmTxUk/WvJxBt');

/** Reads a datagram as a receiver does, and then every attribute by every typed reader, whatever its type says. */
function readEverything(bytes: Uint8Array): string {
  const verdict = reader.parse(bytes, 0, bytes.length);
  let attributes = 0;
  for (let found = reader.first(); found; found = reader.next()) {
    attributes++;
    reader.u32();
    reader.u64();
    reader.xorAddress(address);
    reader.address(address);
    reader.errorCode();
    reader.reason();
    reader.unknownAttributes(unknown);
    reader.text();
    if (attributes > bytes.length) throw new Error('attributes never end');
  }
  reader.find(AttributeType.username);
  if (verdict !== 0) return verdictName(verdict);
  if (!reader.verifyFingerprint() && reader.hasFingerprint) return 'consumed, wrong fingerprint';
  return reader.verifyIntegrity(key) ? 'consumed, authentic' : 'consumed';
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'stun',
    run: readEverything,
    seeds: vectors.flatMap(({ input }) => (input.message === undefined ? [] : [fromHex(input.message)])),
  },
];
