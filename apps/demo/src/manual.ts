import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionDescription } from '@hawser/node';
import { demoAddresses, withEgress } from './addresses.ts';
import { DemoPeer } from './peer.ts';
import { pathTable } from './table.ts';

const STATISTICS_EVERY_MS = 5000;

/** One half in this terminal: descriptions are copied and pasted, statistics come every five seconds until Ctrl-C. */
export async function runManual(isOfferer: boolean): Promise<number> {
  const addresses = await demoAddresses();
  const peer = new DemoPeer(isOfferer, { addresses: isOfferer ? withEgress(addresses) : addresses });
  const { connection } = peer;
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    if (isOfferer) {
      peer.prepare();
      await connection.setLocalDescription();
      await gathered(peer);
      say(`Paste this line into the answerer:\n${encode(connection.localDescription)}\n\nThen paste its answer here:`);
      await connection.setRemoteDescription(await readDescription(lines));
    } else {
      say('Paste the line of the offerer here:');
      peer.prepareAnswer();
      await connection.setRemoteDescription(await readDescription(lines));
      await connection.setLocalDescription();
      await gathered(peer);
      say(`Paste this line into the offerer:\n${encode(connection.localDescription)}`);
    }
    await peer.ready(stop.signal);
    peer.startFlows();
    while (isUp(connection.connectionState) && !stop.signal.aborted) {
      await sleep(STATISTICS_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      const { messages, rtp } = peer.report();
      say(`\n${pathTable(connection.getMultipathStats().paths)}`);
      say(
        `messages ${messages.sent} sent, ${messages.delivered} received; media ${rtp.sent} sent, ${rtp.delivered} received`,
      );
    }
    if (stop.signal.aborted) return 0;
    throw new Error(`the peer is gone: ${peer.lost ?? 'it closed the connection'}`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return stop.signal.aborted ? 0 : 1;
  } finally {
    peer.stopFlows();
    process.stdin.destroy();
    await connection.close();
  }
}

/** Silence is not the end: a path may come back until consent expires. */
function isUp(state: string): boolean {
  return state === 'connected' || state === 'disconnected';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Resolves when every candidate is in the description. */
async function gathered({ connection }: DemoPeer): Promise<void> {
  while (connection.iceGatheringState !== 'complete') await sleep(10);
}

function encode(description: SessionDescription | null): string {
  return Buffer.from(JSON.stringify(description)).toString('base64');
}

async function readDescription(lines: AsyncIterator<string>): Promise<SessionDescription> {
  const { value, done } = await lines.next();
  if (done) throw new Error('the input ended before a description came');
  try {
    const { type, sdp } = JSON.parse(Buffer.from(value.trim(), 'base64').toString('utf8')) as SessionDescription;
    return { type, sdp };
  } catch (cause) {
    throw new Error('that line is not a description of the other half: copy all of it', { cause });
  }
}
