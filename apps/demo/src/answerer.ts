import type { Readable, Writable } from 'node:stream';
import type { IceCandidateInit, SessionDescription } from '@hawser/node';
import { demoAddresses } from './addresses.ts';
import { JsonRpcPeer } from './json-rpc.ts';
import { DemoPeer } from './peer.ts';

/** The answering process: does what the offerer asks over the pipe, and ends when the pipe does. */
export async function runAnswerer(input: Readable, output: Writable): Promise<void> {
  const peer = new DemoPeer(false, { addresses: await demoAddresses() });
  const rpc = new JsonRpcPeer(input, output);
  const { connection } = peer;
  connection.onicecandidate = ({ candidate }) => rpc.notify('candidate', candidate);
  rpc.on('candidate', (candidate) => connection.addIceCandidate(candidate as IceCandidateInit | null));
  rpc.on('offer', async (offer) => {
    peer.prepareAnswer();
    await connection.setRemoteDescription(offer as SessionDescription);
    await connection.setLocalDescription();
    return connection.localDescription;
  });
  rpc.on('start', async () => {
    await peer.ready();
    peer.startFlows();
  });
  rpc.on('watchGap', () => peer.watchGap());
  rpc.on('endWatch', () => peer.endWatch());
  rpc.on('stop', () => peer.stopFlows());
  rpc.on('report', () => peer.report());
  await new Promise((resolve) => input.once('end', resolve));
  peer.stopFlows();
  await connection.close();
}
