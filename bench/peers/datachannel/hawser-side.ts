/** Our side: `@hawser/node`, on 127.0.0.1. A fifth argument `search` looks for what the path carries beyond 1 200 bytes. */
import { PeerConnection } from '@hawser/node';
import { runW3cSide, type W3cConnection } from './w3c-side.ts';

/** SCTP packet of a datagram of 1 472 bytes (Ethernet less IP and UDP), DTLS taken off. */
const SEARCHED_BYTES = 1472 - 37;

const sctp = process.argv[6] === 'search' ? { maxMtuBytes: SEARCHED_BYTES } : {};
const connection = new PeerConnection({ addresses: ['127.0.0.1'], iceTcp: 'none', sctp });

await runW3cSide(connection as unknown as W3cConnection, {
  gathered: async () => {
    while (connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }));
    }
  },
  onLow: (channel, callback) => {
    (channel as unknown as EventTarget).addEventListener('bufferedamountlow', callback);
  },
});
