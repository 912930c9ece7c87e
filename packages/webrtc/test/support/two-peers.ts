import { deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { FlowDriver, type LinkConfig, Network, SeededRandom, simEnv } from '@hawser/netsim';
import {
  createRoutedPacket,
  type DataChannel,
  type IceCandidateInit,
  type Message,
  type PeerConnectionConfig,
  type PeerConnectionEvent,
  PeerConnectionMachine,
  type SessionDescription,
} from '../../src/index.ts';

/** One end: what it received, and how to give it commands. */
export interface End {
  readonly name: string;
  readonly machine: PeerConnectionMachine;
  readonly driver: FlowDriver<PeerConnectionMachine>;
  readonly messages: { channel: DataChannel | undefined; text: string }[];
  readonly packets: { mids: (string | null)[]; bytes: Uint8Array; rtcp: boolean }[];
  /** Where its signalling goes; set by the kit. */
  other: End | undefined;
}

export interface TwoPeersOptions {
  seed?: number;
  /** Access links of each end. Default two: 5 and 20 ms. */
  links?: readonly LinkConfig[];
  /** One-way delay of signalling, ms. Default 40. */
  signallingMs?: number;
  a?: Partial<PeerConnectionConfig>;
  b?: Partial<PeerConnectionConfig>;
  /** Both ends negotiate by the pattern of W3C WebRTC 10.7; b is the polite one. Default true. */
  negotiates?: boolean;
}

/** Two peer connections on a simulated network that signal by themselves, with delay: "perfect negotiation". */
export class TwoPeers {
  readonly network: Network;
  readonly a: End;
  readonly b: End;
  readonly #signallingMs: number;

  constructor(options: TwoPeersOptions = {}) {
    const seed = options.seed ?? 1;
    this.network = new Network(seed);
    this.#signallingMs = options.signallingMs ?? 40;
    const random = new SeededRandom(`peers ${seed}`);
    const cloud = this.network.addCloud();
    const links = options.links ?? [{ delayMs: 5 }, { delayMs: 20 }];
    const end = (name: 'a' | 'b', subnet: number): End => {
      const host = this.network.addHost(name, {
        interfaces: links.map((_, i) => ({ name: `eth${i}`, addresses: [`10.${subnet}.${i}.1`] })),
      });
      for (const [i, link] of links.entries()) cloud.attach(host.interfaces[i], link);
      const clock = this.network.clock;
      const certificate = generateCertificate(
        { unixMs: clock.unixMs, secure: random.fork(`certificate ${name}`) },
        deterministicCrypto,
      );
      const machine = new PeerConnectionMachine(
        { certificate, crypto: { dtls: deterministicCrypto }, ...options[name] },
        simEnv(clock, random.fork(name)),
      );
      const built: End = {
        name,
        machine,
        driver: new FlowDriver(host, machine, machine.flows, {
          onEvent: (event) => this.#handle(built, event, links, subnet),
        }),
        messages: [],
        packets: [],
        other: undefined,
      };
      return built;
    };
    this.a = end('a', 1);
    this.b = end('b', 2);
    if (options.negotiates !== false) {
      this.a.other = this.b;
      this.b.other = this.a;
    }
  }

  run(ms: number): void {
    this.network.clock.runUntil(this.network.clock.now + ms);
  }

  runUntil(condition: () => boolean, limitMs = 20_000): void {
    const end = this.network.clock.now + limitMs;
    while (!condition()) {
      if (this.network.clock.now >= end) throw new Error(`not within ${limitMs} ms`);
      this.run(1);
    }
  }

  get isConnected(): boolean {
    return this.a.machine.connectionState === 'connected' && this.b.machine.connectionState === 'connected';
  }

  /** What an application does with events. */
  #handle(end: End, event: PeerConnectionEvent, links: readonly LinkConfig[], subnet: number): void {
    switch (event.type) {
      case 'negotiationneeded':
        if (end.other !== undefined) {
          this.#describe(end);
        }
        break;
      case 'icecandidate':
        this.#later(end, (to) => this.#takeCandidate(to, event.candidate));
        break;
      case 'icegatheringstatechange':
        if (event.state === 'gathering') this.#gather(end, links, subnet);
        break;
      case 'readable':
        this.#readMessages(end);
        break;
      case 'rtp':
        this.#readPackets(end);
        break;
      default:
    }
  }

  #gather(end: End, links: readonly LinkConfig[], subnet: number): void {
    for (const i of links.keys()) {
      const { address, port } = end.driver.openBase(i, `10.${subnet}.${i}.1`);
      end.driver.act((machine, now) => machine.addBase(now, { base: i, address, port, egress: `eth${i}` }));
    }
    end.driver.act((machine, now) => machine.endOfLocalCandidates(now));
  }

  /** Sent before events are drained: `negotiationneeded` may come at once and replace the description. */
  #describe(from: End): void {
    from.driver.act((machine, now) => {
      machine.setLocalDescription(now);
      const description = machine.localDescription as SessionDescription;
      this.#later(from, (to) => this.#takeDescription(to, description));
    });
  }

  #takeDescription(end: End, description: SessionDescription): void {
    const isGlare = description.type === 'offer' && end.machine.signalingState !== 'stable';
    // W3C WebRTC 10.7: the impolite side ignores an offer that crosses its own.
    if (isGlare && end === this.a) return;
    const error = end.driver.act((machine, now) => machine.setRemoteDescription(now, description));
    if (error !== undefined) throw error;
    if (description.type !== 'offer') return;
    this.#describe(end);
  }

  #takeCandidate(end: End, candidate: IceCandidateInit | null): void {
    // A candidate of an offer that was ignored names nothing here; W3C's pattern swallows that.
    end.driver.act((machine, now) => machine.addIceCandidate(now, candidate));
  }

  #later(from: End, act: (to: End) => void): void {
    const { other } = from;
    if (other === undefined) return;
    this.network.clock.schedule(this.network.clock.now + this.#signallingMs, () => act(other));
  }

  #readMessages(end: End): void {
    const message: Message = { channel: 0, part: 0, binary: false, bytes: new Uint8Array(0), offset: 0, length: 0 };
    while (end.machine.pollMessage(message)) {
      const bytes = message.bytes.subarray(message.offset, message.offset + message.length);
      end.messages.push({ channel: end.machine.channelOf(message.channel), text: new TextDecoder().decode(bytes) });
    }
  }

  #readPackets(end: End): void {
    const packet = createRoutedPacket();
    while (end.machine.pollRtp(packet)) {
      end.packets.push({
        mids: packet.transceivers.map((transceiver) => transceiver.mid),
        bytes: packet.bytes.slice(packet.offset, packet.offset + packet.length),
        rtcp: packet.rtcp,
      });
    }
  }
}
