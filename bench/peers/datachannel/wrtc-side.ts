/** libwebrtc's side, by `@roamhq/wrtc`. Left alone it moves to ::1 or to TCP on one host: it is held to UDP over IPv4. */
import { requirePeer } from '../../src/peers.ts';
import { runW3cSide, type W3cConnection } from './w3c-side.ts';

interface Wrtc {
  readonly RTCPeerConnection: new (config: Readonly<Record<string, unknown>>) => W3cConnection;
}

const loaded = requirePeer<Wrtc>('@roamhq/wrtc');
if ('unavailable' in loaded) throw new Error(loaded.unavailable);

const connection = new loaded.module.RTCPeerConnection({ iceServers: [] });

await runW3cSide(connection, {
  gathered: async (gathering) => {
    const state = () => (gathering as unknown as { iceGatheringState: string }).iceGatheringState;
    while (state() !== 'complete') await new Promise((resolve) => setTimeout(resolve, 1));
  },
  // It tells of no low queue: it is asked, each turn of the event loop.
  onLow: (channel, callback) => {
    const ask = () => {
      if (channel.bufferedAmount <= channel.bufferedAmountLowThreshold) callback();
      setImmediate(ask);
    };
    setImmediate(ask);
  },
  filter: (sdp) =>
    sdp
      .split('\r\n')
      .filter((line) => !line.startsWith('a=candidate:') || / udp \d+ [\d.]+ /i.test(line))
      .join('\r\n'),
});
