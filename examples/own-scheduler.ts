// A scheduler of one's own: large packets by the path with the highest rate, small ones by the path with the lowest delay.
import type { SchedulerFactory } from '@hawser/multipath';
import { connectPeers, PeerConnection } from '@hawser/node';
import { NO_PATH } from '@hawser/wire';

const bySize: SchedulerFactory = () => ({
  chooser: {
    choose(_now, _cls, bytes, { count, creditBytes, delayMs, ids, rateBps }) {
      const worth = (i: number) => (bytes > 600 ? rateBps[i] : -delayMs[i]);
      let best = -1;
      for (let i = 0; i < count; i++) {
        if (creditBytes[i] >= bytes && (best < 0 || worth(i) > worth(best))) best = i;
      }
      return best < 0 ? NO_PATH : ids[best];
    },
    sent() {},
  },
});

const multipath = { scheduler: bySize };
const [a, b] = [1, 2].map(() => new PeerConnection({ addresses: ['127.0.0.1', '127.0.0.2'], multipath }));
b.ondatachannel = async ({ channel }) => {
  for await (const message of channel.messages()) channel.send(`${String(message).length}`);
};
const channel = a.createDataChannel('sizes');
const replies = channel.messages();
await connectPeers(a, b);
await channel.opened();
for (const size of [10, 1_000, 100_000]) {
  channel.send('x'.repeat(size));
  console.log('sent', size, 'and they have', (await replies.next()).value);
}
await Promise.all([a.close(), b.close()]);
