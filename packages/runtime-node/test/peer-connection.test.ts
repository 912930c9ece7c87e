import { once } from 'node:events';
import { expect, it, describe as suite } from 'vitest';
import { ConnectionError, type FaultEvent, PacketClass, PeerConnection } from '../src/index.ts';
import { connectedPair, describe } from './kit/connected-pair.ts';

suite('a peer connection on real sockets', () => {
  it('opens a channel over several paths and carries text and binary both ways', async () => {
    const pair = await connectedPair();
    const back: unknown[] = [];
    // What code written for browsers does first; Blobs are not to be had.
    pair.channel.binaryType = 'arraybuffer';
    expect(() => Object.assign(pair.channel, { binaryType: 'blob' })).toThrow(ConnectionError);
    pair.incoming.onmessage = ({ data }) => pair.incoming.send(data);
    const done = new Promise<void>((resolve) => {
      pair.channel.onmessage = ({ data }) => {
        back.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
        if (back.length === 3) resolve();
      };
    });
    pair.channel.send('grüße');
    pair.channel.send(Uint8Array.of(1, 2, 3));
    pair.channel.send('');
    await done;
    expect(back).toEqual(['grüße', [1, 2, 3], '']);
    expect(pair.offerer.isHawserPeer).toBe(true);
    await pair.close();
    expect(pair.offerer.connectionState).toBe('closed');
  });

  it('reads with back-pressure: what is not taken stays with the sender', async () => {
    const pair = await connectedPair();
    const reader = pair.incoming.messages();
    const first = reader.next();
    const chunk = new Uint8Array(64 * 1024);
    const total = 200;
    const sending = (async () => {
      for (let i = 0; i < total; i++) {
        await pair.channel.ready();
        chunk[0] = i;
        pair.channel.send(chunk);
      }
      await pair.channel.drained();
    })();
    expect((await first).done).toBe(false);
    let drained = false;
    void sending.then(() => {
      drained = true;
    });
    // 12.8 MB: more than the reader's queue and the receive window hold, so the sender cannot be done before we read on.
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    for (let i = 1; i < total; i++) {
      const { value } = await reader.next();
      expect(new Uint8Array(value as ArrayBuffer)[0]).toBe(i);
    }
    await sending;
    await pair.close();
  });

  it('gives every message a buffer of its own with nothing else in it', async () => {
    const pair = await connectedPair();
    const lengths = [0, 1, 64, 65, 1128, 5000, 40_000, 40_000, 40_000, 100, 0];
    const got: ArrayBuffer[] = [];
    const all = new Promise<void>((resolve) => {
      pair.incoming.onmessage = ({ data }) => {
        got.push(data as ArrayBuffer);
        if (got.length === lengths.length) resolve();
      };
    });
    for (const [i, length] of lengths.entries()) pair.channel.send(new Uint8Array(length).fill(i));
    await all;
    expect(got.map(({ byteLength }) => byteLength)).toEqual(lengths);
    expect(new Set(got).size).toBe(lengths.length);
    expect(got.every((data, i) => new Uint8Array(data).every((byte) => byte === i))).toBe(true);
    await pair.close();
  });

  it('an iterator has what comes from the call on, and leaves the rest to the events', async () => {
    const pair = await connectedPair();
    const messages = pair.incoming.messages();
    expect(() => pair.incoming.messages()).toThrowError(expect.objectContaining({ code: 'invalid-state' }));
    pair.channel.send('one');
    pair.channel.send('two');
    expect((await messages.next()).value).toBe('one');
    const events: unknown[] = [];
    pair.incoming.onmessage = ({ data }) => events.push(data);
    const event = async (count: number) => {
      while (events.length < count) await once(pair.incoming, 'message');
    };
    await messages.return();
    await event(1);
    expect(events).toEqual(['two']);
    // One that ends before it began lets go, too.
    await pair.incoming.messages().return();
    pair.channel.send('three');
    await event(2);
    expect(events).toEqual(['two', 'three']);
    await pair.close();
  });

  it('does not say that a queue has drained that was given up', async () => {
    const pair = await connectedPair();
    for (let i = 0; i < 8; i++) pair.channel.send(new Uint8Array(250_000));
    const drained = pair.channel.drained();
    const [result] = await Promise.allSettled([drained, pair.close()]);
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
  });

  it('ends an iterator when the channel closes, after everything was read', async () => {
    const pair = await connectedPair();
    const reader = pair.incoming.messages();
    const taken: unknown[] = [];
    const reading = (async () => {
      for await (const message of reader) taken.push(message);
    })();
    for (const text of ['one', 'two', 'three']) pair.channel.send(text);
    pair.channel.close();
    await reading;
    expect(taken).toEqual(['one', 'two', 'three']);
    await pair.close();
  });

  it('waits can be aborted, and end with a typed error when the connection closes', async () => {
    const connection = new PeerConnection({ addresses: ['127.0.0.1'] });
    const channel = connection.createDataChannel('never');
    const controller = new AbortController();
    const aborted = channel.opened({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const waiting = channel.opened();
    const connecting = connection.connected();
    const settled = Promise.allSettled([waiting, connecting]);
    await connection.close();
    const reasons = (await settled).map((result) => (result as PromiseRejectedResult).reason);
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(ConnectionError);
      expect(reason.code).toBe('closed');
    }
    await expect(connection.connected()).rejects.toMatchObject({ code: 'closed' });
  });

  it('refuses what the peer does not take: too long, or not open', async () => {
    const pair = await connectedPair();
    expect(() => pair.channel.send(new Uint8Array(1_000_000))).toThrowError(
      expect.objectContaining({ code: 'message-too-long' }),
    );
    await pair.close();
    expect(() => pair.channel.send('late')).toThrowError(expect.objectContaining({ code: 'invalid-state' }));
  });

  it('rejects a malformed description with its line and reason', async () => {
    const connection = new PeerConnection({ addresses: ['127.0.0.1'] });
    const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio nonsense\r\n';
    await expect(connection.setRemoteDescription({ type: 'offer', sdp })).rejects.toMatchObject({
      code: 'operation-error',
      sdpLineNumber: 5,
    });
    await connection.close();
  });

  it('refuses a peer whose certificate is not the one described', async () => {
    const a = new PeerConnection({ addresses: ['127.0.0.1'] });
    const b = new PeerConnection({ addresses: ['127.0.0.1'] });
    a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate);
    b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate);
    a.createDataChannel('test');
    const faults: string[] = [];
    a.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription ?? { type: 'offer', sdp: '' });
    await b.setLocalDescription();
    const forged = (b.localDescription?.sdp ?? '').replace(
      /a=fingerprint:sha-256 ..:../,
      'a=fingerprint:sha-256 00:00',
    );
    await a.setRemoteDescription({ type: 'answer', sdp: forged });
    await expect(a.connected()).rejects.toMatchObject({ code: 'connection-failed' });
    expect(faults).toContain('fingerprint-mismatch');
    await Promise.all([a.close(), b.close()]);
  });

  it('carries RTP both ways over one transceiver', async () => {
    const a = new PeerConnection({ addresses: ['127.0.0.1', '127.0.0.2'] });
    const b = new PeerConnection({ addresses: ['127.0.0.1', '127.0.0.2'] });
    a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate);
    b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate);
    const sending = a.addTransceiver('audio');
    const answering = b.addTrack('audio');
    const got = new Promise<number[]>((resolve) => {
      const sequences: number[] = [];
      sending.receiver.onrtp = ({ bytes, offset }) => {
        sequences.push((bytes[offset + 2] << 8) | bytes[offset + 3]);
        if (sequences.length === 20) resolve(sequences);
      };
    });
    answering.receiver.onrtp = ({ bytes, offset, length }) => {
      answering.sender.send(bytes.subarray(offset, offset + length), PacketClass.audio);
    };
    await describe(a, b);
    await Promise.all([a.connected(), b.connected()]);
    expect(sending.currentDirection).toBe('sendrecv');
    const packet = new Uint8Array(172);
    packet[0] = 0x80;
    packet[1] = sending.sender.codecs[0].payloadType;
    for (let i = 0; i < 20; i++) {
      packet[3] = i;
      expect(sending.sender.send(packet)).toBe(0);
    }
    expect((await got).sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    await Promise.all([a.close(), b.close()]);
  });

  it('goes on when one of its addresses is taken away', async () => {
    const pair = await connectedPair();
    const texts: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      pair.incoming.onmessage = ({ data }) => {
        if (texts.push(data) === 2) resolve();
      };
    });
    pair.channel.send('before');
    await pair.offerer.removeAddress('127.0.0.1');
    pair.channel.send('after');
    await both;
    await pair.close();
    expect(texts).toEqual(['before', 'after']);
  });

  it('restarts ICE on other credentials while the channel goes on', async () => {
    const pair = await connectedPair();
    const ufrag = () => /a=ice-ufrag:(\S+)/.exec(pair.offerer.localDescription?.sdp ?? '')?.[1];
    const before = ufrag();
    const wanted = new Promise((resolve) =>
      pair.offerer.addEventListener('negotiationneeded', resolve, { once: true }),
    );
    pair.offerer.restartIce();
    await wanted;
    await describe(pair.offerer, pair.answerer);
    expect(ufrag()).not.toBe(before);
    const received = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    pair.channel.send('still here');
    expect(await received).toBe('still here');
    const offer = await pair.offerer.createOffer({ iceRestart: true });
    expect(offer.sdp).not.toContain(`a=ice-ufrag:${ufrag()}\r\n`);
    await pair.close();
  });

  it('fails with a typed error when no address can be bound', async () => {
    const connection = new PeerConnection({ addresses: ['192.0.2.1'] });
    connection.createDataChannel('test');
    const faults: string[] = [];
    connection.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
    await connection.setLocalDescription();
    await expect(connection.connected()).rejects.toMatchObject({ code: 'connection-failed' });
    expect(faults).toEqual(['no-addresses']);
    await connection.close();
  });
});
