/** werift's side, on 127.0.0.1 and whatever else it finds. */
import { requirePeer } from '../../src/peers.ts';
import { runW3cSide, type W3cChannel, type W3cConnection } from './w3c-side.ts';

interface Werift {
  readonly RTCPeerConnection: new (config: Readonly<Record<string, unknown>>) => W3cConnection;
}

const loaded = requirePeer<Werift>('werift');
if ('unavailable' in loaded) throw new Error(loaded.unavailable);

/** Told of no server it asks a public one (and waits 5 s for it): this one is nobody, and it waits 50 ms. */
const connection = new loaded.module.RTCPeerConnection({
  iceServers: [{ urls: 'stun:127.0.0.1:9' }],
  iceStunGatherTimeout: 0.05,
  iceAdditionalHostAddresses: ['127.0.0.1'],
});

await runW3cSide(connection, {
  gathered: async (gathering) => {
    const state = () => (gathering as unknown as { iceGatheringState: string }).iceGatheringState;
    while (state() !== 'complete') await new Promise((resolve) => setTimeout(resolve, 1));
  },
  onLow: (channel: W3cChannel, callback) => {
    (
      channel as unknown as { bufferedAmountLow: { subscribe(listener: () => void): void } }
    ).bufferedAmountLow.subscribe(callback);
  },
});
