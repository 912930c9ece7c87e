import { type DataChannel, PeerConnection, type PeerConnectionConfig } from '../../src/index.ts';

/** Two connections of this process over loopback, described to each other, with one open channel. */
export async function connectedPair(a: PeerConnectionConfig = {}, b: PeerConnectionConfig = {}) {
  const addresses = ['127.0.0.1', '127.0.0.2'];
  const offerer = new PeerConnection({ addresses, ...a });
  const answerer = new PeerConnection({ addresses, ...b });
  offerer.onicecandidate = ({ candidate }) => void answerer.addIceCandidate(candidate);
  answerer.onicecandidate = ({ candidate }) => void offerer.addIceCandidate(candidate);
  // An event is not a wait that holds the process: this is.
  const hold = setInterval(() => undefined, 1000);
  const incoming = new Promise<DataChannel>((resolve) => {
    answerer.ondatachannel = ({ channel }) => resolve(channel);
  });
  const channel = offerer.createDataChannel('test');
  await describe(offerer, answerer);
  await channel.opened();
  const peerChannel = await incoming;
  clearInterval(hold);
  return {
    offerer,
    answerer,
    channel,
    incoming: peerChannel,
    async close() {
      await Promise.all([offerer.close(), answerer.close()]);
    },
  };
}

/** One round of offer and answer. */
export async function describe(offerer: PeerConnection, answerer: PeerConnection): Promise<void> {
  await offerer.setLocalDescription();
  if (offerer.localDescription === null) throw new Error('no offer');
  await answerer.setRemoteDescription(offerer.localDescription);
  await answerer.setLocalDescription();
  if (answerer.localDescription === null) throw new Error('no answer');
  await offerer.setRemoteDescription(answerer.localDescription);
}
