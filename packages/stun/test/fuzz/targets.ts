import type { FuzzTarget } from '@hawser/bench';
import { createSlot, HmacSha256, verdictName } from '@hawser/wire';
import {
  AttributeType,
  BindingServer,
  ICE_ATTRIBUTES,
  LONG_TERM_ATTRIBUTES,
  LongTermClient,
  LongTermServer,
  Redirects,
  ShortTermClient,
  ShortTermServer,
  StunReader,
  StunStream,
  shortTermKey,
  TransportAddress,
} from '../../src/index.ts';
import { REALM, seededSecure, usersOf } from '../long-term-world.ts';
import { fromHex, vectors } from '../support.ts';

const password = 'VOkJxbRl1RmTxUk/WvJxBt';
const reader = new StunReader([...ICE_ATTRIBUTES, ...LONG_TERM_ATTRIBUTES]);
const address = new TransportAddress();
const unknown = new Uint16Array(8);
const key = shortTermKey(password);
const sha256Key = new HmacSha256(new TextEncoder().encode(password));
const source = new TransportAddress();
source.set('192.0.2.1', 4711);
const longTermServer = new LongTermServer({ realm: REALM, users: usersOf({ alice: 'secret' }, true) }, seededSecure(1));
const shortTermServer = new ShortTermServer();
shortTermServer.add('evtj:h6vY', password);
const binding = new BindingServer({ flows: { isKnown: () => true, address: () => '192.0.2.1', port: () => 4711 } });
const slot = createSlot(1200);

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

/** What both sides of both mechanisms, a Binding server and a stream make of the same datagram. */
function actOnEverything(bytes: Uint8Array): string {
  const stream = new StunStream(2048);
  stream.push(bytes, 0, bytes.length);
  for (let messages = 0; stream.next(); messages++) {
    if (messages > bytes.length) throw new Error('a stream never ends');
  }
  const answered = binding.handleDatagram(0, 0, bytes, 0, bytes.length);
  while (binding.pollTransmit(0, slot)) if (slot.length > bytes.length + 24) throw new Error('amplified');
  if (reader.parse(bytes, 0, bytes.length) !== 0) return `binding: ${verdictName(answered)}`;
  reader.verifyIntegritySha256(sha256Key, 16);
  const client = new LongTermClient({ username: 'alice', password: 'secret' });
  const outcome = client.handleResponse(reader, 0);
  new ShortTermClient('evtj:h6vY', password).handleResponse(reader);
  new Redirects().follow(0, reader, source, address);
  const long = longTermServer.check(0, reader, source);
  const short = shortTermServer.check(reader);
  return `binding: ${verdictName(answered)}, client: ${outcome}, servers: ${long} ${short}`;
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'stun',
    run(bytes) {
      const read = readEverything(bytes);
      const acted = actOnEverything(bytes);
      return `${read}; ${acted}`;
    },
    seeds: vectors.flatMap(({ input }) => (input.message === undefined ? [] : [fromHex(input.message)])),
  },
];
