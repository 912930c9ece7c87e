import { DTLS_SRTP_PROFILES } from '@hawser/srtp';
import { PacketClass } from '@hawser/wire';
import { expect, it } from 'vitest';
import { TwoSessions } from '../kit/two-sessions.ts';

/** The longest RTP packet that a session takes: what is left of an Ethernet's when the longest tail is added. */
const LONGEST_BYTES = 1452;

function packetOf(number: number, length: number): Uint8Array {
  const packet = new Uint8Array(length).fill(number);
  packet.set([0x80, 96, 0, number, 0, 0, 0, 0, 0, 0, 0, 9]);
  return packet;
}

it.each(DTLS_SRTP_PROFILES.map((profile) => [profile]))('media crosses under SRTP profile %s, both ways', (profile) => {
  const config = { srtpProfiles: [profile] };
  const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 9 }], a: config, b: config });
  two.runUntil(() => two.connected());
  two.run(500);
  const sent = [100, 1000, LONGEST_BYTES].map((length, i) => packetOf(i + 1, length));
  for (const packet of sent) {
    for (const { driver } of [two.a, two.b]) {
      driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.videoDelta));
    }
    two.run(50);
  }
  two.run(500);
  for (const { packets } of [two.a, two.b]) {
    expect(packets.filter(({ rtcp }) => !rtcp).map(({ bytes }) => bytes)).toEqual(sent);
  }
});
