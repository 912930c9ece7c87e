// Two peers, one process, two paths, one cut.
import { connectPeers, PeerConnection } from '@hawser/node';

const [a, b] = [1, 2].map(() => new PeerConnection({ addresses: ['127.0.0.1', '127.0.0.2'] }));
b.ondatachannel = ({ channel }) => channel.addEventListener('message', () => channel.send('got it'));
const channel = a.createDataChannel('hello');
const replies = channel.messages();
await connectPeers(a, b);
for (const text of ['over two paths', 'over the one that is left']) {
  await channel.opened();
  channel.send(text);
  console.log(text, (await replies.next()).value);
  await a.removeAddress('127.0.0.1');
}
await Promise.all([a.close(), b.close()]);
