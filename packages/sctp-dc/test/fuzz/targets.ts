import type { FuzzTarget } from '@hawser/bench';
import { createSlot, resetSlot, type Verdict, verdictName } from '@hawser/wire';
import { decodeOpen } from '../../src/channels/dcep.ts';
import { Ppid } from '../../src/packet/chunk-types.ts';
import { sealChecksum } from '../../src/packet/header.ts';
import { type AssociationPair, connected, readAll, sendText } from '../support/associations.ts';
import { fromHex, packetsOf, tagOf } from '../support/bytes.ts';
import { dataChunk, hostilePeer } from '../support/hostile-peer.ts';
import { dcepMessageVectors, vectorPackets } from '../support/vector-packets.ts';

const slot = createSlot(1500);
const MOST_TRANSMITS = 10_000;
/** A message in one chunk. */
const MOST_BYTES = 60_000;

const I_DATA = { a: { interleaving: true }, b: { interleaving: true } };

/** Packets of a conversation: opening, messages, acknowledgements. */
function conversation(interleaving: boolean): Uint8Array[] {
  const pair = connected(interleaving ? I_DATA : {});
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'fuzz' }));
  for (const text of ['one', 'two'.repeat(500)]) sendText(pair.a.machine, pair.clock.now, channel, text);
  return packetsOf(pair.a.machine, pair.clock.now).map(({ bytes }) => bytes);
}

/** An association that has connected, and the tag that its peer's packets carry. */
function underFire(interleaving: boolean): { readonly pair: AssociationPair; readonly tag: number } {
  const pair = connected(interleaving ? I_DATA : {});
  sendText(
    pair.b.machine,
    pair.clock.now,
    pair.b.act((m, now) => m.openChannel(now, { label: 'tag' })),
    'x',
  );
  return { pair, tag: tagOf(packetsOf(pair.b.machine, pair.clock.now)[0].bytes) };
}

/** Turns of association with I-DATA and without. */
let interleaving = false;
let fire = underFire(interleaving);
let now = fire.pair.clock.now;

/** Gives the bytes their right tag and checksum: what a hostile peer that has passed DTLS can do. */
function authentic(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 12) return bytes;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, fire.tag);
  sealChecksum(bytes, 0, bytes.length);
  return bytes;
}

function give(bytes: Uint8Array): string {
  const machine = fire.pair.a.machine;
  const verdict = machine.handleDatagram(++now, 0, bytes, 0, bytes.length) as Verdict;
  let transmits = 0;
  for (; machine.pollTransmit(now, slot); resetSlot(slot)) {
    if (++transmits > MOST_TRANSMITS) throw new Error('transmits never end');
  }
  while (machine.pollEvent() !== undefined);
  readAll(machine);
  const over = machine.state !== 'established';
  if (over) {
    interleaving = !interleaving;
    fire = underFire(interleaving);
    now = fire.pair.clock.now;
  }
  return over ? `${verdictName(verdict)}, ended` : verdictName(verdict);
}

/** DCEP messages, each on a stream of its own, from a peer that has passed DTLS; a new one when its streams are used up. */
const MOST_CHANNELS = 1000;
let dcepPeer = hostilePeer();
let dcepMessages = 0;

function giveDcep(bytes: Uint8Array): string {
  decodeOpen(bytes);
  if (bytes.length === 0) return 'empty';
  if (dcepMessages === MOST_CHANNELS || dcepPeer.victim.state !== 'established') {
    dcepPeer = hostilePeer();
    dcepMessages = 0;
  }
  const { give: send, tsn, victim } = dcepPeer;
  const streamId = dcepMessages++;
  const { packets } = send(
    dataChunk({ tsn: tsn + streamId, streamId, ppid: Ppid.dcep, bytes: bytes.subarray(0, MOST_BYTES) }),
  );
  if (packets.length > MOST_TRANSMITS) throw new Error('transmits never end');
  let told = 'nothing';
  for (let event = victim.pollEvent(); event !== undefined; event = victim.pollEvent()) {
    if (event.type === 'channel') told = 'opened';
    else if (event.type === 'error') told = event.error;
  }
  readAll(victim);
  return told;
}

const seeds = [...conversation(false), ...conversation(true), ...vectorPackets.map(fromHex)];

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  { name: 'sctp', run: give, seeds },
  { name: 'dcep', run: giveDcep, seeds: dcepMessageVectors.map(fromHex) },
  { name: 'sctp-peer', run: (bytes) => give(authentic(bytes)), seeds },
];
