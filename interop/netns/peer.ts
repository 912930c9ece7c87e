/**
 * Child of the namespace scenarios: one peer, in its host. Lines of JSON on standard input and output: `signal` is passed on
 * to the other peer, `ask` is answered by `answer`. The offerer sends a numbered message every 10 ms.
 */
import { createInterface } from 'node:readline';
import { type PathEvent, PeerConnection, type PeerConnectionConfig } from '@hawser/node';

const SEND_EVERY_MS = 10;

const [role, configuration] = process.argv.slice(2);
const connection = new PeerConnection(JSON.parse(configuration) as PeerConnectionConfig);
/** Changes of paths, with the wall clock: both ends and the parent are on one machine. */
const changes: { at: number; local: string; state: string; why: string }[] = [];
const locals = new Map<number, string>();
let longestGapMs = 0;
let lastArrival = 0;

connection.onicecandidate = ({ candidate }) => tell({ signal: { candidate } });
connection.addEventListener('path', (event) => {
  const { path, state, why } = event as PathEvent;
  for (const { id, local } of connection.getMultipathStats().paths) locals.set(id, local);
  changes.push({ at: Date.now(), local: locals.get(path) ?? '', state, why });
});
connection.ondatachannel = ({ channel }) => {
  channel.onmessage = () => {
    const now = performance.now();
    if (lastArrival > 0) longestGapMs = Math.max(longestGapMs, now - lastArrival);
    lastArrival = now;
  };
};

if (role === 'offerer') {
  const channel = connection.createDataChannel('numbers', { ordered: false });
  await connection.setLocalDescription();
  tell({ signal: { description: connection.localDescription } });
  void channel.opened().then(() => {
    let number = 0;
    setInterval(() => channel.readyState === 'open' && channel.send(String(number++)), SEND_EVERY_MS);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { signal, ask } = JSON.parse(line);
  if (signal !== undefined) await follow(signal);
  else if (ask === 'restart-gap') longestGapMs = 0;
  else if (ask === 'report') {
    const paths = connection.getMultipathStats().paths.map(({ local, egress, state }) => ({ local, egress, state }));
    tell({ answer: { connected: connection.connectionState === 'connected', paths, changes, longestGapMs } });
  }
}

async function follow({ description, candidate }: Record<string, never>): Promise<void> {
  if (candidate !== undefined) return connection.addIceCandidate(candidate);
  await connection.setRemoteDescription(description);
  if (role === 'offerer') return;
  await connection.setLocalDescription();
  tell({ signal: { description: connection.localDescription } });
}

function tell(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
