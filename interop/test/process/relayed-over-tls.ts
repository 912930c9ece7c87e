/** A connection with a relay over TLS, in a process of its own: left idle, or closed. Arguments: port, `idle` or `close`. */
import { PeerConnection } from '@hawser/node';
import { LOCALHOST } from '../localhost-certificate.ts';

const [port, end] = process.argv.slice(2);
const connection = new PeerConnection({
  addresses: ['127.0.0.1'],
  iceServers: [{ urls: `turns:localhost:${port}`, username: 'alice', credential: 'correct horse' }],
  tls: { ca: LOCALHOST.cert },
  ice: { candidatePolicy: 'relay' },
});
connection.createDataChannel('test');
const hold = setInterval(() => undefined, 1_000);
await new Promise<void>((resolve) => {
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null) resolve();
    else process.stdout.write(/typ (\w+)/.exec(candidate.candidate ?? '')?.[0] ?? '');
  };
  void connection.setLocalDescription();
});
clearInterval(hold);
if (end === 'close') {
  await connection.close();
  const left = process.getActiveResourcesInfo().filter((name) => /TCP|TLS|UDP|Timeout/.test(name));
  process.stdout.write(` ${left.join()}`);
}
