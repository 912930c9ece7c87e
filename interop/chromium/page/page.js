// The browser's half of the interop run: an ordinary page with an ordinary RTCPeerConnection. The other half calls the
// functions of `peer` and gets plain values back.

import { ChannelExchange } from './exchange.js';

/** Messages in flight at once in the page's own transfer. */
const HIGH_WATER_BYTES = 1_000_000;

let connection;
let exchange;
let stream;
let candidateFilter = () => true;
let trickles = false;
const channels = new Map();
const probes = new Map();

/** Every channel that the other side opens is echoed, unless it is a probe, or a transfer into the page, or an exchange. */
function adopt(channel) {
  channel.binaryType = 'arraybuffer';
  if (ChannelExchange.takes(channel.label)) {
    exchange.adopt(channel);
    return;
  }
  channels.set(channel.label, channel);
  if (channel.label.startsWith('probe')) attachProbe(channel);
  else if (channel.label.startsWith('sink')) attachSink(channel);
  else channel.onmessage = ({ data }) => channel.send(data);
}

function attachSink(channel) {
  const parts = [];
  let bytes = 0;
  channel.onmessage = async ({ data }) => {
    if (typeof data !== 'string') {
      parts.push(data);
      bytes += data.byteLength;
      return;
    }
    // A text says that all has been sent: answer with what came.
    const whole = new Uint8Array(bytes);
    let at = 0;
    for (const part of parts) {
      whole.set(new Uint8Array(part), at);
      at += part.byteLength;
    }
    channel.send(JSON.stringify({ bytes, sha256: await sha256(whole) }));
  };
}

/** A numbered message every 20 ms each way; repeats and pauses are noted. */
function attachProbe(channel) {
  const probe = { sent: 0, seen: new Set(), duplicated: 0, lastAt: 0, longestMs: 0, watching: false };
  probes.set(channel.label, probe);
  channel.onmessage = ({ data }) => {
    const number = new DataView(data).getUint32(0);
    if (probe.seen.has(number)) probe.duplicated++;
    probe.seen.add(number);
    notePause(probe);
    probe.lastAt = performance.now();
  };
  probe.timer = setInterval(() => {
    if (channel.readyState !== 'open') return;
    const message = new Uint8Array(100);
    new DataView(message.buffer).setUint32(0, probe.sent++);
    channel.send(message);
  }, 20);
}

function notePause(probe) {
  if (!probe.watching || probe.lastAt === 0) return;
  probe.longestMs = Math.max(probe.longestMs, performance.now() - probe.lastAt);
}

/** Until a channel has no more than that queued, or closes. */
function room(channel) {
  if (channel.bufferedAmount <= HIGH_WATER_BYTES) return undefined;
  channel.bufferedAmountLowThreshold = HIGH_WATER_BYTES / 4;
  return new Promise((resolve) => {
    channel.onbufferedamountlow = resolve;
    channel.addEventListener('close', resolve, { once: true });
  });
}

/** A page has no digest that grows: all is kept until the end. */
function collected() {
  const parts = [];
  return {
    update: (bytes) => parts.push(bytes),
    hex: async () => sha256(await new Blob(parts).arrayBuffer()),
  };
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function opened(channel) {
  if (channel.readyState === 'open') return Promise.resolve();
  return new Promise((resolve, reject) => {
    channel.addEventListener('open', () => resolve(), { once: true });
    channel.addEventListener('close', () => reject(new Error('the channel closed')), { once: true });
  });
}

function nextMessage(channel) {
  return new Promise((resolve) => channel.addEventListener('message', ({ data }) => resolve(data), { once: true }));
}

/** The local description: at once where candidates trickle, else when they are all in it. */
async function described() {
  if (!trickles && connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') resolve();
      });
    });
  }
  const lines = connection.localDescription.sdp.split('\r\n');
  return lines.filter((line) => !line.startsWith('a=candidate:') || candidateFilter(line)).join('\r\n');
}

/** Pseudo-random bytes that both sides can make: xorshift32 from `seed`, little-endian words. */
function pattern(bytes, seed) {
  const out = new Uint8Array(bytes);
  let x = seed;
  for (let i = 0; i < bytes; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[i] = x;
  }
  return out;
}

window.peer = {
  /**
   * A new connection; with `media`, camera and microphone are added. Permission also reveals the real host addresses: with
   * `hidden` it is not asked for, and hosts have names in their place.
   */
  async create({ media, loopbackOnly, trickle, hidden }) {
    trickles = trickle;
    if (!hidden) {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: true,
        video: { width: 320, height: 240, frameRate: 15 },
      });
    }
    candidateFilter = loopbackOnly ? (line) => line.split(' ')[4].startsWith('127.') : () => true;
    connection = new RTCPeerConnection();
    connection.ondatachannel = ({ channel }) => adopt(channel);
    exchange = new ChannelExchange({
      createChannel: (label, options) => connection.createDataChannel(label, options),
      newDigest: collected,
      room,
    });
    if (trickle) {
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null || candidateFilter(candidate.candidate)) window.notify('candidate', candidate);
      };
    }
    connection.ontrack = ({ track }) => {
      const video = document.getElementById('echo');
      const echoed = video.srcObject ?? new MediaStream();
      echoed.addTrack(track);
      video.srcObject = echoed;
    };
    if (media) for (const track of stream.getTracks()) connection.addTrack(track, stream);
  },

  async offer() {
    channels.set('first', connection.createDataChannel('first'));
    await connection.setLocalDescription(await connection.createOffer());
    return described();
  },

  async answer(sdp) {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    return described();
  },

  acceptAnswer(sdp) {
    return connection.setRemoteDescription({ type: 'answer', sdp });
  },

  addCandidate(candidate) {
    return connection.addIceCandidate(candidate ?? undefined);
  },

  /** Resolves when the connection is up. */
  async connected() {
    while (connection.connectionState !== 'connected') {
      if (connection.connectionState === 'failed') throw new Error('the connection failed');
      await new Promise((resolve) => connection.addEventListener('connectionstatechange', resolve, { once: true }));
    }
  },

  /** Addresses, or names, of our candidates. */
  ownAddresses() {
    return (connection.localDescription?.sdp.match(/^a=candidate:.*$/gm) ?? []).map((line) => line.split(' ')[4]);
  },

  states() {
    return { connection: connection.connectionState, ice: connection.iceConnectionState };
  },

  /** Sends each of `sizes` bytes, binary and as text, on a new channel and compares what comes back. */
  async echo({ label, sizes }) {
    const channel = connection.createDataChannel(label);
    channel.binaryType = 'arraybuffer';
    await opened(channel);
    let compared = 0;
    for (const size of sizes) {
      const bytes = pattern(size, size + 1);
      channel.send(bytes);
      const back = new Uint8Array(await nextMessage(channel));
      if (back.length !== size || !back.every((byte, i) => byte === bytes[i])) return { ok: false, compared, size };
      const text = 'ü'.repeat(size >> 1);
      channel.send(text);
      if ((await nextMessage(channel)) !== text) return { ok: false, compared, size };
      compared += 2;
    }
    channel.close();
    return { ok: true, compared };
  },

  /** Sends `bytes` in messages of `messageBytes`, one each `paceMs`; the other side answers with what it got. */
  async transfer({ label, bytes, messageBytes, paceMs = 0 }) {
    const channel = connection.createDataChannel(label);
    await opened(channel);
    const whole = pattern(bytes, 7);
    channel.bufferedAmountLowThreshold = HIGH_WATER_BYTES / 4;
    const startedAt = performance.now();
    for (let at = 0; at < bytes; at += messageBytes) {
      if (channel.bufferedAmount > HIGH_WATER_BYTES) {
        await new Promise((resolve) => {
          channel.onbufferedamountlow = resolve;
        });
      }
      channel.send(whole.subarray(at, Math.min(at + messageBytes, bytes)));
      if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
    channel.send('end');
    const report = JSON.parse(await nextMessage(channel));
    const seconds = (performance.now() - startedAt) / 1000;
    return { ok: report.bytes === bytes && report.sha256 === (await sha256(whole)), seconds, bytes: report.bytes };
  },

  /** Opens the probe channel: reliable or not, a message every 20 ms each way. */
  async probe({ label, reliable }) {
    const channel = connection.createDataChannel(label, reliable ? {} : { ordered: false, maxRetransmits: 0 });
    adopt(channel);
    await opened(channel);
  },

  watchGap() {
    for (const probe of probes.values()) {
      probe.watching = true;
      probe.longestMs = 0;
    }
  },

  stopProbe(label) {
    clearInterval(probes.get(label).timer);
  },

  probeReport(label) {
    const probe = probes.get(label);
    notePause(probe);
    return {
      sent: probe.sent,
      received: probe.seen.size,
      duplicated: probe.duplicated,
      gapMs: Math.max(0, Math.round(probe.longestMs - 20)),
    };
  },

  openChannels: (what) => exchange.openChannels(what),
  sendMessages: (what) => exchange.sendMessages(what),
  progress: (what) => exchange.progress(what),
  taken: (what) => exchange.taken(what),
  closeChannels: (what) => exchange.closeChannels(what),

  /** What the interop looks at in `getStats()`. */
  async stats() {
    const found = { at: performance.now(), pairs: [], selectedPairChanges: 0 };
    const report = await connection.getStats();
    for (const entry of report.values()) {
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') {
        found.video = {
          framesDecoded: entry.framesDecoded,
          packetsReceived: entry.packetsReceived,
          packetsLost: entry.packetsLost,
          packetsDiscarded: entry.packetsDiscarded,
          nackCount: entry.nackCount,
          pliCount: entry.pliCount,
        };
      } else if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
        found.audio = {
          packetsReceived: entry.packetsReceived,
          packetsLost: entry.packetsLost,
          packetsDiscarded: entry.packetsDiscarded,
          concealedSamples: entry.concealedSamples,
          totalSamplesReceived: entry.totalSamplesReceived,
        };
      } else if (entry.type === 'outbound-rtp' && entry.kind === 'audio') {
        found.audioOut = { packetsSent: entry.packetsSent };
      } else if (entry.type === 'outbound-rtp' && entry.kind === 'video') {
        found.videoOut = { packetsSent: entry.packetsSent, framesEncoded: entry.framesEncoded };
      } else if (entry.type === 'candidate-pair') {
        const local = report.get(entry.localCandidateId);
        const remote = report.get(entry.remoteCandidateId);
        found.pairs.push({
          local: `${local?.address}:${local?.port}`,
          remote: `${remote?.address ?? '?'}:${remote?.port}`,
          state: entry.state,
          nominated: entry.nominated,
          writable: entry.writable,
          packetsSent: entry.packetsSent,
          packetsReceived: entry.packetsReceived,
          bytesReceived: entry.bytesReceived,
          responsesReceived: entry.responsesReceived,
        });
      } else if (entry.type === 'transport') {
        found.selectedPairChanges = entry.selectedCandidatePairChanges;
        found.transport = { packetsReceived: entry.packetsReceived, packetsSent: entry.packetsSent };
      }
    }
    return found;
  },

  close() {
    for (const probe of probes.values()) clearInterval(probe.timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    connection?.close();
    document.getElementById('echo').srcObject = null;
    channels.clear();
    probes.clear();
  },
};
