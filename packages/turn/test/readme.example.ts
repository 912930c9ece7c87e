import { TransportAddress } from '@hawser/stun';
import { TurnClient, WrapStatus } from '@hawser/turn';
import { createSlot, type Env } from '@hawser/wire';

/** A client on a base of yours: drain it, and give it what comes from the server, as the contract below says. */
export function relayed(env: Env, send: (bytes: Uint8Array) => void) {
  const client = new TurnClient({ server: 0, username: 'alice', password: 'correct horse' }, env);
  const peer = new TransportAddress();
  peer.set('198.51.100.7', 7000);
  const slot = createSlot(); // room in front for the framing
  client.allocate(env.now);
  client.bind(env.now, peer); // a permission and a channel, as soon as there is an allocation
  const hello = (): boolean => {
    slot.length = 5;
    slot.buffer.set(new TextEncoder().encode('hello'), slot.offset);
    const wrapped = client.wrap(slot, peer) === WrapStatus.wrapped; // in place: 4 bytes in front
    if (wrapped) send(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    return wrapped;
  };
  return { client, hello };
}
