import type { FuzzTarget } from '@hawser/bench';
import { SeededRandom } from '@hawser/netsim';
import { createSlot, hexBytes, verdictName } from '@hawser/wire';
import { MdnsAgent } from '../../src/index.ts';
import { MessageReader } from '../../src/message/reader.ts';
import { A, AAAA, addressRecord, answer, message, QU } from '../kit/message.ts';
import chromium from '../vectors/chromium.json' with { type: 'json' };

const WANTED = '1f4712db-ea17-4bcf-a596-105139dfd8bf.local';
const slot = createSlot(1200);
const reader = new MessageReader();

/** An agent that has a name and asks for another; its name, so that seeds can ask for it. */
function busyAgent(): { agent: MdnsAgent; own: string } {
  const env = { now: 0, unixMs: 0, secure: new SeededRandom(7), jitter: new SeededRandom(8) };
  const agent = new MdnsAgent({ maxCached: 16 }, env);
  agent.addLink(0, { base: 0, family: 4, addresses: ['192.0.2.1/24'] });
  const own = agent.register(0, '192.0.2.1') ?? '';
  agent.resolve(0, WANTED);
  while (agent.pollTransmit(0, slot)) slot.length = 0;
  return { agent, own };
}

const { own } = busyAgent();

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'mdns',
    run(bytes) {
      const verdict = reader.parse(bytes, 0, bytes.length);
      for (let entry = 0; entry < reader.entries; entry++) {
        reader.name(entry);
        reader.address(entry);
      }
      const { agent } = busyAgent();
      const verdicts = [5353, 40_000].map((port, i) => {
        const from = agent.flows.intern(0, '192.0.2.9', port);
        return verdictName(agent.handleDatagram(20_000 + i, from, bytes, 0, bytes.length));
      });
      let packets = 0;
      while (agent.pollTransmit(20_002, slot)) {
        // One answer to all, one to each of the two, and the question again.
        if (++packets > 4) throw new Error('answers without end');
        slot.length = 0;
      }
      if (agent.size > 40) throw new Error(`keeps ${agent.size} things`);
      return `${verdictName(verdict)}: ${verdicts.join(' ')}, ${packets} sent`;
    },
    seeds: [
      ...[chromium.query, chromium.response].map((hex) => hexBytes(hex) as Uint8Array),
      answer(WANTED, '192.0.2.9'),
      message({
        questions: [
          { name: own, type: A, cls: QU },
          { name: own, type: AAAA },
        ],
      }),
      message({ id: 9, questions: [{ name: own, type: 255, cls: 255 }], answers: [addressRecord(own, '192.0.2.1')] }),
      // Names that point: to each other, to themselves, and far.
      new Uint8Array([0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 97, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0xc0, 14]),
    ],
  },
];
