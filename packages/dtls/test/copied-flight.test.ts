import { describe, expect, it } from 'vitest';
import { createPair, deliver, drain, type Pair } from './support/pair.ts';

/** Up to the server's last flight, which is lost: what the client sent last, and the server's flight. */
function untilLastFlight(): { pair: Pair; clients: Uint8Array[] } {
  const pair = createPair();
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
  for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
  const clients = drain(pair.client, 0);
  for (const datagram of clients) deliver(pair.server, 0, datagram);
  expect(drain(pair.server, 0).length).toBeGreaterThan(0);
  expect(pair.server.connection.state).toBe('connected');
  return { pair, clients };
}

describe('a client that repeats its last flight as the same datagrams', () => {
  it('is answered with the last flight again, and connects', () => {
    const { pair, clients } = untilLastFlight();
    for (const datagram of clients) deliver(pair.server, 500, datagram);
    const again = drain(pair.server, 500);
    expect(again.length).toBeGreaterThan(0);
    for (const datagram of again) deliver(pair.client, 500, datagram);
    expect(pair.client.connection.state).toBe('connected');
  });

  it('is not answered where the copy may have come by another path', () => {
    const { pair, clients } = untilLastFlight();
    for (const datagram of clients) deliver(pair.server, 99, datagram);
    expect(drain(pair.server, 99)).toEqual([]);
  });

  it('is not answered for ever: it may be anybody who has a copy', () => {
    const { pair, clients } = untilLastFlight();
    let answers = 0;
    for (let now = 500; now < 100_000; now += 500) {
      for (const datagram of clients) deliver(pair.server, now, datagram);
      if (drain(pair.server, now).length > 0) answers++;
    }
    expect(answers).toBe(10);
  });
});
