import { createReceivedPacket } from '@hawser/multipath';
import { createMessage, SendStatus } from '@hawser/sctp-dc';
import { type Instant, PacketClass } from '@hawser/wire';
import type { TrafficValues } from '../contract.ts';
import type { End, Ends } from './ends.ts';
import type { Recorder } from './recorder.ts';
import { evenFrame, type Frame, packetize, readFrame, videoFrame } from './rtp-packets.ts';

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
    case 'adaptive-video':
      return VIDEO_INTERVAL_MS;
  }
}

/** When traffic is sent. */
export interface Schedule {
  readonly until: Instant;
  /** Asked before every unit that is sent at an interval. */
  readonly isPaused?: (now: Instant) => boolean;
}

/** Starts the traffic of the first end, and the reading of the second. */
export function startTraffic(ends: Ends, traffic: TrafficValues, recorder: Recorder, schedule: Schedule): void {
  switch (traffic.type) {
    case 'bulk':
      startBulk(ends, recorder, schedule);
      break;
    case 'messages':
      startMessages(ends, traffic, recorder, schedule);
      break;
    case 'audio':
      startMedia(ends, recorder, schedule, AUDIO_INTERVAL_MS, (unit) => ({
        unit,
        bytes: AUDIO_BYTES,
        cls: PacketClass.audio,
      }));
      break;
    case 'video':
      startMedia(ends, recorder, schedule, VIDEO_INTERVAL_MS, (unit) => videoFrame(unit, traffic.rateBps));
      break;
    case 'adaptive-video': {
      const { leastBps, mostBps } = traffic;
      let bps = leastBps;
      ends.a.listeners.push((event) => {
        if (event.type === 'target-bitrate') bps = Math.min(mostBps, Math.max(leastBps, event.bps));
      });
      startMedia(ends, recorder, schedule, VIDEO_INTERVAL_MS, (unit) => evenFrame(unit, bps));
    }
  }
}

function startBulk(ends: Ends, recorder: Recorder, { until }: Schedule): void {
  const { a, network } = ends;
  readMessages(ends, recorder);
  openChannel(a, true, (channel) => {
    const bytes = new Uint8Array(BULK_MESSAGE_BYTES);
    const fill = (): void => {
      while (network.clock.now < until && a.session.bufferedAmount(channel) < BULK_MOST_BYTES) {
        const { now } = network.clock;
        new DataView(bytes.buffer).setUint32(0, recorder.sentAt.length);
        if (a.session.send(now, channel, bytes, 0, bytes.length, true) !== SendStatus.queued) return;
        recorder.noteSent(now, bytes.length);
      }
    };
    a.session.setBufferedAmountLowThreshold(channel, BULK_LEAST_BYTES);
    a.listeners.push(({ type }) => {
      if (type === 'buffered-amount-low' || type === 'writable') fill();
    });
    fill();
  });
}

function startMessages(
  ends: Ends,
  traffic: Extract<TrafficValues, { type: 'messages' }>,
  recorder: Recorder,
  schedule: Schedule,
): void {
  readMessages(ends, recorder);
  const bytes = new Uint8Array(traffic.bytes);
  openChannel(ends.a, traffic.ordered ?? true, (channel) => {
    every(ends, traffic.intervalMs, schedule, (now) => {
      new DataView(bytes.buffer).setUint32(0, recorder.noteSent(now, bytes.length));
      ends.a.driver.act((session) => session.send(now, channel, bytes, 0, bytes.length, true));
    });
  });
}

function startMedia(
  ends: Ends,
  recorder: Recorder,
  schedule: Schedule,
  intervalMs: number,
  make: (unit: number) => Frame,
): void {
  readMedia(ends, recorder);
  let sequence = 0;
  every(ends, intervalMs, schedule, (now) => {
    const frame = make(recorder.sentAt.length);
    recorder.noteSent(now, frame.bytes);
    const packets = packetize(frame, sequence, intervalMs);
    sequence += packets.length;
    ends.a.driver.act((session) => {
      for (const packet of packets) session.sendRtp(now, packet, 0, packet.length, frame.cls);
    });
  });
}

function readMessages({ b, network }: Ends, recorder: Recorder): void {
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

function readMedia({ b, network }: Ends, recorder: Recorder): void {
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

/** Opens a channel, and goes on when it is open. */
function openChannel({ session, driver, listeners }: End, ordered: boolean, opened: (channel: number) => void): void {
  let waiting = true;
  const goOn = (): void => {
    if (!waiting || channel < 0 || session.channelInfo(channel).state !== 'open') return;
    waiting = false;
    opened(channel);
  };
  let channel = -1;
  listeners.push(({ type }) => {
    if (type === 'channel-open') goOn();
  });
  channel = driver.act((_, now) => session.openChannel(now, { label: 'traffic', ordered }));
  driver.act(goOn);
}

function every({ network }: Ends, intervalMs: number, schedule: Schedule, act: (now: Instant) => void): void {
  const { clock } = network;
  const tick = (): void => {
    if (schedule.isPaused?.(clock.now) !== true) act(clock.now);
    if (clock.now + intervalMs < schedule.until) clock.scheduleIn(intervalMs, tick);
  };
  tick();
}
