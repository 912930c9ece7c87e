// Statistics for Prometheus: one gauge for each number of `getStats`, in its text exposition format, on /metrics.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectPeers, PeerConnection } from '@hawser/node';

/** `goodputBps` of `hawser-session` becomes `hawser_session_goodput_bps`; entries are told apart by the label `id`. */
async function metrics(connection: PeerConnection): Promise<string> {
  const families = new Map<string, string[]>();
  for (const stats of (await connection.getStats()).values()) {
    for (const [member, value] of Object.entries(stats)) {
      if (typeof value !== 'number' || member === 'timestamp') continue;
      const snake = `${stats.type}_${member}`.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const name = (stats.type.startsWith('hawser') ? snake : `webrtc_${snake}`).replaceAll('-', '_');
      const sample = `${name}{id=${JSON.stringify(stats.id)}} ${value}`;
      families.set(name, [...(families.get(name) ?? []), sample]);
    }
  }
  return [...families].map(([name, samples]) => `# TYPE ${name} gauge\n${samples.join('\n')}\n`).join('');
}

const [a, b] = [1, 2].map(() => new PeerConnection({ addresses: ['127.0.0.1', '127.0.0.2'] }));
const server = createServer(async (request, response) => {
  response.statusCode = request.url === '/metrics' ? 200 : 404;
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  response.end(request.url === '/metrics' ? await metrics(a) : '');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

b.ondatachannel = ({ channel }) => channel.addEventListener('message', () => channel.send('got it'));
const channel = a.createDataChannel('work');
const replies = channel.messages();
await connectPeers(a, b);
await channel.opened();
channel.send('something to count');
await replies.next();

// What Prometheus would do every few seconds; a real program goes on serving.
const { port } = server.address() as AddressInfo;
process.stdout.write(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
await Promise.all([a.close(), b.close()]);
server.close();
server.closeAllConnections();
