import { createMessage, SctpAssociation } from '@hawser/sctp-dc';
import { createSlot, type Env, type PathInfo } from '@hawser/wire';

const up: PathInfo = { state: 'active', mtuBytes: 1200, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: '', cost: 0 };

/** Two associations in one process say one word to each other; between real ones the packets go through DTLS. */
export function converse(envA: Env, envB: Env): string {
  const a = new SctpAssociation({ dtlsRole: 'client' }, envA);
  const b = new SctpAssociation({ dtlsRole: 'server' }, envB);
  for (const end of [a, b]) end.handlePath(0, 0, up);
  a.connect(0); // in WebRTC both do
  a.send(0, a.openChannel(0, { label: 'chat' }), new TextEncoder().encode('ahoy'), 0, 4, false);
  const [slot, message] = [createSlot(), createMessage()];
  for (let turn = 0; turn < 5; turn++) {
    const [from, to] = turn % 2 === 0 ? [a, b] : [b, a];
    while (from.pollTransmit(0, slot)) to.handleDatagram(0, slot.path, slot.buffer, slot.offset, slot.length);
  } // then pollEvent until undefined, and handleTimeout when pollTimeout says
  return b.pollMessage(message) ? new TextDecoder().decode(message.bytes) : 'nothing';
}
