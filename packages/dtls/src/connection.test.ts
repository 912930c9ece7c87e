import { ANY_PATH, createSlot, NEVER, PacketClass, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { connectedPair, createPair, drain, pump } from '../test/support/pair.ts';

describe('a handshake between two of ours', () => {
  it('connects, agrees on keys, and knows the certificates', () => {
    const { client, server } = connectedPair();
    expect(client.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
    expect(server.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
    expect(client.connection.state).toBe('connected');
    const label = 'EXTRACTOR-dtls_srtp';
    const ours = client.connection.exportKeyingMaterial(label, undefined, 60);
    expect(ours).toEqual(server.connection.exportKeyingMaterial(label, undefined, 60));
    expect(client.connection.remoteCertificate).toEqual(server.certificate.der);
    expect(server.connection.remoteCertificate).toEqual(client.certificate.der);
    expect(client.connection.pollTimeout()).toBe(NEVER);
    expect(server.connection.pollTimeout()).toBe(NEVER);
  });
});
