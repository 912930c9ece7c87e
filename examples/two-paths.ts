// Two peers, one process, two paths, one cut.
import { PeerConnection } from '@hawser/node';

const addresses = ['127.0.0.1', '127.0.0.2'];
const [a, b] = [new PeerConnection({ addresses }), new PeerConnection({ addresses })];
a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
b.ondatachannel = ({ channel }) => {
  channel.onmessage = ({ data }) => channel.send(`got ${data}`);
};
const channel = a.createDataChannel('hello');
const replies = channel.messages();
await a.setLocalDescription();
await b.setRemoteDescription(a.localDescription!);
await b.setLocalDescription();
await a.setRemoteDescription(b.localDescription!);
await channel.opened();
channel.send('one over two paths');
console.log((await replies.next()).value);
await a.removeAddress('127.0.0.1');
channel.send('two over the path that is left');
console.log((await replies.next()).value);
await Promise.all([a.close(), b.close()]);
