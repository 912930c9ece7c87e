import type { FuzzTarget } from '@hawser/bench';
import { Verdict, verdictName } from '@hawser/wire';
import { RtcpReader, RtpReader, TransportFeedbackSender } from '../../src/index.ts';
import { dump } from '../dump.ts';
import { hex } from '../support.ts';
import rtcpVectors from '../vectors/rtcp.json' with { type: 'json' };
import rtpVectors from '../vectors/rtp.json' with { type: 'json' };

const rtp = new RtpReader();
const rtcp = new RtcpReader();
const sender = new TransportFeedbackSender({ capacity: 64 });
for (let sequence = 0; sequence < 64; sequence++) sender.handleSent(sequence, sequence & 1, 100);

function seedsOf(vectors: readonly object[], field: 'rtp' | 'rtcp'): Uint8Array[] {
  const inputs = vectors.map((vector) => (vector as { input: { rtp?: string; rtcp?: string } }).input[field]);
  return inputs.flatMap((text) => (text === undefined || text.length === 0 ? [] : [hex(text)]));
}

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    name: 'rtp',
    run: (bytes) => {
      const verdict = rtp.parse(bytes, 0, bytes.length);
      if (verdict === Verdict.consumed) {
        rtp.rewindExtensions();
        for (let elements = 0; rtp.nextExtension(); ) {
          if (++elements > bytes.length) throw new Error('extensions never end');
        }
      }
      return verdictName(verdict);
    },
    seeds: seedsOf(rtpVectors as object[], 'rtp'),
  },
  {
    name: 'rtcp',
    run: (bytes) => {
      const verdict = rtcp.reset(bytes, 0, bytes.length);
      if (verdict !== Verdict.consumed) return verdictName(verdict);
      for (let packets = 0; rtcp.next(); ) {
        dump(rtcp);
        sender.handleFeedback(0, rtcp);
        if (++packets > bytes.length) throw new Error('packets never end');
      }
      return verdictName(verdict);
    },
    seeds: seedsOf(rtcpVectors as object[], 'rtcp'),
  },
];
