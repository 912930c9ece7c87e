import { describe, expect, it } from 'vitest';
import { Protocol, protocolOf } from './demux.ts';

describe('RFC 7983 demultiplexing', () => {
  it('gives every first octet to the protocol of its range', () => {
    for (let first = 0; first < 256; first++) {
      const got = protocolOf(Uint8Array.of(0, first, 0), 1, 2);
      if (first <= 3) expect(got).toBe(Protocol.stun);
      else if (first >= 20 && first <= 63) expect(got).toBe(Protocol.dtls);
      else if (first >= 128 && first <= 191) expect(got).toBe(Protocol.media);
      else expect(got).toBe(Protocol.unknown);
    }
  });

  it('calls an empty datagram unknown', () => {
    expect(protocolOf(new Uint8Array(4), 0, 0)).toBe(Protocol.unknown);
  });
});
