import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import {
  AttributeType,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  shortTermKey,
  TransportAddress,
} from '@hawser/stun';
import { createSlot, type FlowId, FlowTable, type Instant, type Slot, type Verdict } from '@hawser/wire';
import { IceAgent, type IceConfig, type IceEvent, type RemoteParameters } from '../src/index.ts';

export const REMOTE = { ufrag: 'peerUser', pwd: 'peerpasswordpeerpassword' } as const;

/** What a message of the peer is made of. Defaults make a proper check. */
export interface Craft {
  readonly cls?: 0 | 1 | 2 | 3;
  readonly method?: number;
  readonly id?: Uint8Array;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly priority?: number | null;
  readonly role?: 'controlling' | 'controlled' | null;
  readonly tieBreaker?: readonly [number, number];
  readonly useCandidate?: boolean;
  readonly nomination?: number;
  /** The attribute 0x0030. */
  readonly renomination?: number;
  readonly hawser?: boolean;
  /** GOOG-NETWORK-INFO, as Chromium has it in every check. */
  readonly networkInfo?: boolean;
  readonly unknown?: number;
  readonly errorCode?: number;
  readonly mapped?: readonly [string, number] | null;
  readonly fingerprint?: boolean;
}

/** One message that the agent sent, read. */
export interface Sent {
  readonly flow: FlowId;
  readonly path: number;
  readonly cls: number;
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly errorCode: number;
  readonly unknown: number[];
  readonly useCandidate: boolean;
  readonly hasIntegrity: boolean;
  readonly mapped: string;
  readonly username: string;
  readonly controlling: boolean;
}

/** An agent alone, with bases 0 … n-1 at 10.0.n.1:5000, spoken to with crafted messages. */
export class Bench {
  readonly flows: FlowTable;
  readonly agent: IceAgent;
  now: Instant = 0;
  readonly #writer = new StunWriter();
  #ids = 0;

  constructor(config: Partial<IceConfig> = {}, bases = 1, flows = new FlowTable()) {
    this.flows = flows;
    const env = simEnv(new VirtualClock(), new SeededRandom('bench'));
    this.agent = new IceAgent({ flows, role: 'controlled', answerHoldMs: 0, spareBases: 0, ...config }, env);
    for (let base = 0; base < bases; base++) this.agent.addBase(0, { base, address: `10.0.${base}.1`, port: 5_000 });
  }

  describe(more: Partial<RemoteParameters> = {}): this {
    this.agent.setRemote(this.now, { ...REMOTE, ...more });
    return this;
  }

  flow(address = '192.0.2.1', port = 7_000, base = 0): FlowId {
    return this.flows.intern(base, address, port);
  }

  /** The bytes of a message of the peer. */
  craft(craft: Craft = {}): Uint8Array {
    const buffer = new Uint8Array(600);
    const id = craft.id ?? new Uint8Array(12).fill(++this.#ids);
    const cls = craft.cls ?? StunClass.request;
    const writer = this.#writer.begin(buffer, 0, 600, cls, craft.method ?? StunMethod.binding, id, 0);
    const { ufrag, pwd } = this.agent.localParameters;
    if (cls === StunClass.request) {
      if (craft.username !== null) writer.username(craft.username ?? `${ufrag}:${REMOTE.ufrag}`);
      if (craft.priority !== null) writer.priority(craft.priority ?? 1_845_494_271);
      const [high, low] = craft.tieBreaker ?? [0, 1];
      const role =
        craft.role === undefined ? (this.agent.role === 'controlling' ? 'controlled' : 'controlling') : craft.role;
      if (role === 'controlling') writer.iceControlling(high, low);
      if (role === 'controlled') writer.iceControlled(high, low);
      if (craft.useCandidate) writer.useCandidate();
      if (craft.nomination !== undefined) writer.nomination(craft.nomination);
      if (craft.renomination !== undefined) writer.u32(0x0030, craft.renomination);
      if (craft.networkInfo) writer.googNetworkInfo(1, 10);
    }
    if (craft.unknown !== undefined) writer.u32(craft.unknown, 1);
    if (craft.errorCode !== undefined) writer.errorCode(craft.errorCode);
    if (craft.mapped) {
      const address = new TransportAddress();
      address.set(...craft.mapped);
      writer.xorMappedAddress(address);
    }
    if (craft.hawser) writer.hawser(new Uint8Array(0));
    const password = craft.password === undefined ? (cls === StunClass.request ? pwd : REMOTE.pwd) : craft.password;
    if (password !== null) writer.integrity(shortTermKey(password));
    if (craft.fingerprint !== false) writer.fingerprint();
    return buffer.slice(0, writer.finish());
  }

  give(flow: FlowId, bytes: Uint8Array): Verdict {
    return this.agent.handleDatagram(this.now, flow, bytes, 0, bytes.length);
  }

  check(craft: Craft = {}, flow = this.flow()): Verdict {
    return this.give(flow, this.craft(craft));
  }

  /** Answers a check of the agent. */
  answer(sent: Sent, craft: Craft = {}): Verdict {
    const base = this.flows.base(sent.flow);
    return this.give(sent.flow, this.craft({ cls: 2, id: sent.id, mapped: [`10.0.${base}.1`, 5_000], ...craft }));
  }

  /** Lets time pass, with every timeout on the way. */
  pass(ms: number): Sent[] {
    const until = this.now + ms;
    const sent = this.drain();
    while (this.agent.pollTimeout() <= until) {
      this.now = Math.max(this.now, this.agent.pollTimeout());
      this.agent.handleTimeout(this.now);
      sent.push(...this.drain());
    }
    this.now = until;
    return sent;
  }

  /** Lets time pass and answers every check in between. */
  answerFor(ms: number): void {
    for (let left = ms; left > 0; left -= 10) {
      for (const sent of this.pass(10)) if (sent.cls === StunClass.request) this.answer(sent);
    }
  }

  drain(): Sent[] {
    const sent: Sent[] = [];
    const slot = createSlot();
    while (this.agent.pollTransmit(this.now, slot)) sent.push(read(slot));
    return sent;
  }

  events(): IceEvent[] {
    const events: IceEvent[] = [];
    for (let event = this.agent.pollEvent(); event !== undefined; event = this.agent.pollEvent()) events.push(event);
    return events;
  }

  eventsOf<T extends IceEvent['type']>(type: T): Extract<IceEvent, { type: T }>[] {
    return this.events().filter((event) => event.type === type) as Extract<IceEvent, { type: T }>[];
  }
}

function read(slot: Slot): Sent {
  const bytes = slot.buffer.slice(slot.offset, slot.offset + slot.length);
  const reader = new StunReader();
  if (reader.parse(bytes, 0, bytes.length) !== 0) throw new Error('the agent sent what is not STUN');
  if (!reader.verifyFingerprint()) throw new Error('the agent sent a wrong FINGERPRINT');
  const address = new TransportAddress();
  const mapped =
    reader.find(AttributeType.xorMappedAddress) && reader.xorAddress(address)
      ? `${address.text()} ${address.port}`
      : '';
  const unknown = new Uint16Array(16);
  const listed = reader.find(AttributeType.unknownAttributes) ? reader.unknownAttributes(unknown) : 0;
  return {
    flow: slot.flow,
    path: slot.path,
    cls: reader.cls,
    id: bytes.slice(8, 20),
    bytes,
    errorCode: reader.find(AttributeType.errorCode) ? reader.errorCode() : 0,
    unknown: [...unknown.subarray(0, listed)],
    useCandidate: reader.find(AttributeType.useCandidate),
    hasIntegrity: reader.hasIntegrity,
    mapped,
    username: reader.find(AttributeType.username) ? reader.text() : '',
    controlling: reader.find(AttributeType.iceControlling),
  };
}
