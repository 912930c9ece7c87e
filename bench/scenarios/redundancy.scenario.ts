/** Audio duplicated on two paths that lose independently: what is left of the loss, and that nothing arrives twice. */
import { PacketClass } from '@hawser/wire';
import { TwoSessions } from '../../packages/multipath/test/kit/two-sessions.ts';
import type { Metrics, Scenario } from '../src/scenario-contract.ts';
import { audioPacket, sequenceOf } from './audio.ts';

/** Five seeds make 600 000 packets. */
const PACKETS = 120_000;
const PACKETS_PER_MS = 10;
const DRAIN_MS = 2_000;

export const scenario: Scenario = {
  name: 'redundancy',
  variants: [
    {
      name: '5 % and 5 % loss, equal delay',
      run: (seed) => duplicated(seed, 20, 20),
      targets: [
        { metric: 'lostPercent', of: 'median', atMost: 0.27 },
        { metric: 'deliveredTwice', of: 'max', atMost: 0 },
      ],
    },
    {
      name: '5 % and 5 % loss, 500 ms apart',
      run: (seed) => duplicated(seed, 20, 520),
      targets: [
        { metric: 'lostPercent', of: 'median', atMost: 0.27 },
        { metric: 'deliveredTwice', of: 'max', atMost: 0 },
      ],
    },
  ],
};

function duplicated(seed: number, fastMs: number, slowMs: number): Metrics {
  const link = (delayMs: number) => ({ delayMs, loss: 0.05 });
  const two = new TwoSessions({
    seed,
    links: [link(fastMs), link(slowMs)],
    a: { multipath: { duplicateClasses: [PacketClass.audio] } },
  });
  two.runUntil(() => two.connected());
  two.run(DRAIN_MS);
  for (let number = 0; number < PACKETS; ) {
    for (let i = 0; i < PACKETS_PER_MS; i++, number++) {
      const packet = audioPacket(number);
      two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.audio));
    }
    two.run(1);
  }
  two.run(DRAIN_MS);
  const delivered = two.b.packets.filter(({ rtcp }) => !rtcp);
  const different = countDifferent(delivered.map(({ bytes }) => bytes));
  return {
    lostPercent: ((PACKETS - different) / PACKETS) * 100,
    deliveredTwice: delivered.length - different,
    delivered: different,
  };
}

/** The timestamp tells packets apart whose sequence numbers are the same after a wrap. */
function countDifferent(packets: readonly Uint8Array[]): number {
  const keys = packets.map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) * 65_536 + sequenceOf(bytes),
  );
  return new Set(keys).size;
}
