import { cubic } from '@hawser/congestion';
import { type LinkConfig, type Pair, runPair } from '@hawser/netsim';
import { createMessage, SctpAssociation, type SctpConfig, SendStatus } from '@hawser/sctp-dc';

export type Associations = Pair<SctpAssociation, SctpAssociation>;

/** User data of a full packet: 1 163 less common header and I-DATA header, a multiple of 4. */
export const SEGMENT_BYTES = 1128;
const MESSAGE_BYTES = 64 * 1024;

/** Two associations over one path, connected: CUBIC with HyStart++ as in `@hawser/multipath`, no DTLS, nobody paces. */
export function connected(seed: number, path: LinkConfig, more: Partial<SctpConfig> = {}): Associations {
  const config: Partial<SctpConfig> = {
    lowerLayerChecksums: 'dtls',
    remoteMaxMessageSizeBytes: 0,
    sackDelayMs: 20,
    windowController: cubic(),
    ...more,
  };
  const pair: Associations = runPair(
    (env) => new SctpAssociation({ ...config, dtlsRole: 'client' }, env),
    (env) => new SctpAssociation({ ...config, dtlsRole: 'server' }, env),
    { seed, paths: [path] },
  );
  pair.a.act((m, now) => m.connect(now));
  pair.b.act((m, now) => m.connect(now));
  pair.runUntil(() => pair.a.machine.state === 'established' && pair.b.machine.state === 'established');
  return pair;
}

/** Sends as much as goes for `ms`; answers the bytes received by a time since the start, to 10 ms. */
export function bulk(pair: Associations, ms: number): (at: number) => number {
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'bulk' }));
  const message = new Uint8Array(MESSAGE_BYTES);
  const out = createMessage();
  const course = [0];
  const start = pair.clock.now;
  let received = 0;
  const step = () => {
    const { now } = pair.clock;
    while (pair.a.machine.unsentBytes < 8 * MESSAGE_BYTES) {
      if (pair.a.machine.send(now, channel, message, 0, MESSAGE_BYTES, true) !== SendStatus.queued) break;
    }
    while (pair.b.machine.pollMessage(out)) received += out.length;
    for (let i = course.length; i <= (now - start) / 10; i++) course.push(received);
    return now - start >= ms;
  };
  pair.a.act(step);
  pair.clock.runWhileNot(step, ms + 10);
  return (at) => course[Math.min(Math.floor(at / 10), course.length - 1)];
}
