import { createReceivedPacket } from '@hawser/multipath';
import { createMessage, SendStatus } from '@hawser/sctp-dc';
import { type Instant, PacketClass } from '@hawser/wire';
import type { TrafficValues } from '../contract.ts';
import type { Recorder } from './recorder.ts';
import { type Frame, packetize, readFrame, videoFrame } from './rtp-packets.ts';
import type { World } from './world.ts';

const BULK_MESSAGE_BYTES = 16_384;
/** Waiting in the sender at most and at least: enough to keep every path busy between two events. */
const BULK_MOST_BYTES = 512 * 1024;
const BULK_LEAST_BYTES = 256 * 1024;
const AUDIO_INTERVAL_MS = 20;
const AUDIO_BYTES = 160;
const VIDEO_INTERVAL_MS = 40;

/** Time between two units as sent, ms; undefined where the application sends as much as goes. */
export function intervalOf(traffic: TrafficValues): number | undefined {
  switch (traffic.type) {
    case 'bulk':
      return undefined;
    case 'messages':
      return traffic.intervalMs;
    case 'audio':
      return AUDIO_INTERVAL_MS;
    case 'video':
      return VIDEO_INTERVAL_MS;
  }
}

/** Starts the traffic of the first end, and the reading of the second, until `until`. Returns what it records into. */
export function startTraffic(world: World, traffic: TrafficValues, recorder: Recorder, until: Instant): void {
  switch (traffic.type) {
    case 'bulk':
      startBulk(world, recorder);
      break;
    case 'messages':
      startMessages(world, traffic, recorder, until);
      break;
    case 'audio':
      startMedia(world, recorder, until, AUDIO_INTERVAL_MS, (unit) => ({
        unit,
        bytes: AUDIO_BYTES,
        cls: PacketClass.audio,
      }));
      break;
    case 'video':
      startMedia(world, recorder, until, VIDEO_INTERVAL_MS, (unit) => videoFrame(unit, traffic.rateBps));
  }
}

function startBulk(world: World, recorder: Recorder): void {
  readMessages(world, recorder);
  const { a } = world;
  const bytes = new Uint8Array(BULK_MESSAGE_BYTES);
  const fill = (): void => {
    while (a.session.bufferedAmount(channel) < BULK_MOST_BYTES) {
      new DataView(bytes.buffer).setUint32(0, recorder.sentAt.length);
      if (a.session.send(world.now, channel, bytes, 0, bytes.length, true) !== SendStatus.queued) return;
      recorder.noteSent(world.now);
    }
  };
  const channel = openChannel(world, true);
  a.listeners.push(({ type }) => {
    if (type === 'buffered-amount-low' || type === 'writable') fill();
  });
  a.session.setBufferedAmountLowThreshold(channel, BULK_LEAST_BYTES);
  a.driver.act(fill);
}

function startMessages(
  world: World,
  traffic: Extract<TrafficValues, { type: 'messages' }>,
  recorder: Recorder,
  until: Instant,
): void {
  readMessages(world, recorder);
  const channel = openChannel(world, traffic.ordered ?? true);
  const bytes = new Uint8Array(traffic.bytes);
  every(world, traffic.intervalMs, until, () => {
    new DataView(bytes.buffer).setUint32(0, recorder.noteSent(world.now));
    world.a.driver.act((session, now) => session.send(now, channel, bytes, 0, bytes.length, true));
  });
}

function startMedia(
  world: World,
  recorder: Recorder,
  until: Instant,
  intervalMs: number,
  make: (unit: number) => Frame,
): void {
  readMedia(world, recorder);
  let sequence = 0;
  every(world, intervalMs, until, () => {
    const frame = make(recorder.noteSent(world.now));
    const packets = packetize(frame, sequence, intervalMs);
    sequence += packets.length;
    world.a.driver.act((session, now) => {
      for (const packet of packets) session.sendRtp(now, packet, 0, packet.length, frame.cls);
    });
  });
}

function readMessages({ b, network }: World, recorder: Recorder): void {
  const message = createMessage();
  b.listeners.push((event) => {
    if (event.type !== 'readable') return;
    while (b.session.pollMessage(message)) {
      recorder.bytes += message.length;
      const { buffer, byteOffset } = message.bytes;
      recorder.noteArrived(network.clock.now, new DataView(buffer, byteOffset).getUint32(message.offset));
    }
  });
}

function readMedia({ b, network }: World, recorder: Recorder): void {
  const packet = createReceivedPacket();
  const missing: number[] = [];
  b.listeners.push((event) => {
    if (event.type !== 'rtp') return;
    while (b.session.pollRtp(packet)) {
      if (packet.rtcp) continue;
      recorder.bytes += packet.length;
      const { unit, packets } = readFrame(packet.bytes, packet.offset);
      missing[unit] = (missing[unit] ?? packets) - 1;
      if (missing[unit] === 0) recorder.noteArrived(network.clock.now, unit);
    }
  });
}

function openChannel(world: World, ordered: boolean): number {
  const channel = world.a.driver.act((session, now) => session.openChannel(now, { label: 'traffic', ordered }));
  const open = () => world.a.session.channelInfo(channel).state === 'open';
  if (!world.network.clock.runWhileNot(open, 30_000)) throw new Error('the channel did not open');
  return channel;
}

function every(world: World, intervalMs: number, until: Instant, act: () => void): void {
  const { clock } = world.network;
  const tick = (): void => {
    act();
    if (clock.now + intervalMs < until) clock.scheduleIn(intervalMs, tick);
  };
  tick();
}
