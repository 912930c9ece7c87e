import { RtpReader, RtpWriter, writePli } from '@hawser/rtp';
import { PacketClass, Writer } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { MID_URI } from '../../src/index.ts';
import { type End, TwoPeers } from '../support/two-peers.ts';

function sendText(end: End, text: string): number {
  const bytes = new TextEncoder().encode(text);
  const channel = end.driver.events.flatMap((event) =>
    event.type === 'channel-open' || event.type === 'datachannel' ? [event.channel] : [],
  )[0];
  return end.driver.act((machine, now) => machine.send(now, channel, bytes, 0, bytes.length, false));
}

function rtp(payloadType: number, sequence: number, size = 100): Uint8Array {
  const buffer = new Uint8Array(1200);
  const writer = new RtpWriter();
  writer.header(buffer, 0, buffer.length, payloadType, false, sequence, sequence * 960, 0xdead);
  writer.payload(new Uint8Array(size).fill(sequence));
  return buffer.slice(0, writer.finish());
}

function sendRtp(end: End, which: number, packet: Uint8Array): number {
  const transceiver = end.machine.transceivers[which];
  return end.driver.act((machine, now) =>
    machine.sendRtp(now, transceiver, packet, 0, packet.length, PacketClass.audio),
  );
}

describe('two peer connections on a network', () => {
  it('negotiate with trickle, connect over both links, and exchange messages both ways', () => {
    const two = new TwoPeers();
    two.a.driver.act((machine, now) => machine.createDataChannel(now, { label: 'chat' }));
    two.runUntil(() => two.isConnected);
    two.runUntil(() => two.b.driver.events.some((event) => event.type === 'datachannel'));
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
    expect(sendText(two.a, 'from a')).toBe(0);
    expect(sendText(two.b, 'from b')).toBe(0);
    two.run(200);
    expect(two.b.messages.map(({ channel, text }) => [channel?.label, text])).toEqual([['chat', 'from a']]);
    expect(two.a.messages.map(({ channel, text }) => [channel?.label, text])).toEqual([['chat', 'from b']]);
    const { paths } = two.a.machine.getMultipathStats();
    expect(paths.filter((path) => path.state === 'active')).toHaveLength(2);
    expect([two.a.machine.isHawserPeer, two.b.machine.isHawserPeer]).toEqual([true, true]);
    const states = two.a.driver.events.flatMap((event) =>
      event.type === 'connectionstatechange' ? [event.state] : [],
    );
    expect(states).toEqual(['connecting', 'connected']);
  });

  it('restart ICE while messages flow: none is lost, and no path goes', () => {
    const two = new TwoPeers();
    two.a.driver.act((machine, now) => machine.createDataChannel(now, { label: 'chat' }));
    two.runUntil(() => two.isConnected);
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
    two.run(2_000);
    const seen = [two.a, two.b].map(({ driver }) => driver.events.length);
    for (let i = 0; i < 200; i++) {
      if (i === 50) two.a.driver.act((machine, now) => machine.restartIce(now));
      if (i === 120) two.b.driver.act((machine, now) => machine.restartIce(now));
      sendText(two.a, `${i}`);
      two.run(10);
    }
    two.run(1_000);
    expect(two.b.messages.map(({ text }) => text)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
    for (const [i, end] of [two.a, two.b].entries()) {
      const since = end.driver.events.slice(seen[i]);
      expect(since.filter(({ type }) => type === 'path' || type === 'connectionstatechange')).toEqual([]);
      expect(end.machine.signalingState).toBe('stable');
      expect(since.filter(({ type }) => type === 'icecandidate').length).toBeGreaterThanOrEqual(6);
    }
  });

  it('carry RTP to the right transceiver, with our source, its payload type and mid, and RTCP back', () => {
    const two = new TwoPeers();
    two.b.driver.act((machine, now) => machine.addTrack(now, 'audio'));
    two.a.driver.act((machine, now) => {
      machine.addTransceiver(now, 'audio', { direction: 'recvonly' });
      machine.addTransceiver(now, 'video');
    });
    two.runUntil(() => two.isConnected && two.a.machine.transceivers.every((t) => t.currentDirection !== null));
    two.run(300);
    for (let i = 0; i < 50; i++) {
      expect(sendRtp(two.a, 1, rtp(127, i))).toBe(0);
      two.run(20);
    }
    two.run(200);
    const video = two.a.machine.transceivers[1];
    const received = two.b.packets.filter((packet) => !packet.rtcp);
    expect(received).toHaveLength(50);
    const reader = new RtpReader();
    for (const { bytes, mids } of received) {
      expect(mids).toEqual([video.mid]);
      reader.parse(bytes, 0, bytes.length);
      expect(reader.ssrc).toBe(video.ssrc);
      expect(reader.payloadType).toBe(video.sendCodecs[0].payloadType);
      const at = reader.findExtension(video.headerExtensions.get(MID_URI) as number);
      expect(String.fromCharCode(...bytes.subarray(at, at + reader.extensionLength))).toBe(video.mid);
      expect(reader.payloadLength).toBe(100);
    }
    // A picture loss indication for that source comes to the transceiver that sends it.
    const writer = new Writer().reset(new Uint8Array(64), 0, 64);
    writePli(writer, 1, video.ssrc);
    two.b.driver.act((machine, now) => machine.sendRtcp(now, writer.buffer, 0, writer.length));
    two.run(200);
    expect(two.a.packets.filter((packet) => packet.rtcp && packet.bytes[1] === 206).map(({ mids }) => mids)).toEqual([
      [video.mid],
    ]);
  });

  it('resolve glare under delayed signalling', () => {
    const two = new TwoPeers();
    two.a.driver.act((machine, now) => machine.addTransceiver(now, 'audio'));
    two.b.driver.act((machine, now) => machine.addTransceiver(now, 'video'));
    two.runUntil(() => two.isConnected);
    two.run(1000);
    for (const end of [two.a, two.b]) {
      expect(end.machine.signalingState).toBe('stable');
      expect(end.machine.transceivers.map((t) => [t.kind, t.currentDirection !== null]).sort()).toEqual([
        ['audio', true],
        ['video', true],
      ]);
    }
  });

  it('take up data channels that are agreed only later', () => {
    const two = new TwoPeers();
    two.a.driver.act((machine, now) => machine.addTransceiver(now, 'audio'));
    two.runUntil(() => two.isConnected);
    two.run(500);
    two.b.driver.act((machine, now) => machine.createDataChannel(now, { label: 'late' }));
    two.runUntil(() => two.a.driver.events.some((event) => event.type === 'datachannel'));
    sendText(two.a, 'hello');
    two.run(500);
    expect(two.b.messages.map(({ text }) => text)).toEqual(['hello']);
  });

  it('close: the other end is told, and both end for good', () => {
    const two = new TwoPeers();
    two.a.driver.act((machine, now) => machine.createDataChannel(now, { label: 'd' }));
    two.runUntil(() => two.b.driver.events.some((event) => event.type === 'datachannel'));
    two.a.driver.act((machine, now) => machine.close(now));
    two.run(2000);
    expect(two.a.machine.connectionState).toBe('closed');
    expect(two.a.driver.events.at(-1)?.type).toBe('closed');
    expect(two.b.driver.events.some((event) => event.type === 'channel-closed')).toBe(true);
    expect(two.b.machine.connectionState).not.toBe('connected');
  });
});
