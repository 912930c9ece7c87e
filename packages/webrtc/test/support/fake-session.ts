import type { ReceivedPacket, SessionConfig, SessionEvent } from '@hawser/multipath';
import { FlowTable, NEVER, Verdict } from '@hawser/wire';
import type { ChannelInfo, ChannelOptions, TransportSession } from '../../src/index.ts';

type Call<M extends keyof TransportSession> = TransportSession[M] extends (...args: infer A) => unknown ? A : never;
type Remote = Call<'setRemote'>[1];
type Candidate = Call<'addRemoteCandidate'>[1];

let made = 0;

/** A session that has no network: it records what it is told and says what the test makes it say. */
export class FakeSession implements TransportSession {
  readonly flows = new FlowTable(4);
  iceParameters: { ufrag: string; pwd: string };
  #before: { ufrag: string; pwd: string } | undefined;
  readonly #bases: Call<'addBase'>[1][] = [];
  #isEnd = false;
  readonly fingerprint = { algorithm: 'sha-256' as const, value: Array(32).fill('AB').join(':') };
  isHawserPeer = false;
  readonly config: SessionConfig;

  readonly remotes: Remote[] = [];
  readonly remoteCandidates: Candidate[] = [];
  role: 'controlling' | 'controlled' | undefined;
  isRemoteEnd = false;
  isClosed = false;
  readonly events: SessionEvent[] = [];
  readonly sentRtp: Uint8Array[] = [];
  readonly received: { bytes: Uint8Array; rtcp: boolean }[] = [];
  readonly channels = new Map<number, ChannelOptions>();

  constructor(config: SessionConfig) {
    this.config = config;
    const name = `${++made}`.padStart(4, '0');
    this.iceParameters = { ufrag: `uf${name}`, pwd: `password0123456789${name}` };
  }

  setRole(...[, role]: Call<'setRole'>): void {
    this.role = role;
  }

  setRemote(...[, remote]: Call<'setRemote'>): void {
    if (this.remotes.at(-1)?.ufrag !== remote.ufrag) this.#before = undefined;
    this.remotes.push(remote);
  }

  restartIce(): void {
    if (this.#before !== undefined) return;
    this.#before = this.iceParameters;
    const { ufrag, pwd } = this.iceParameters;
    this.iceParameters = { ufrag: `${ufrag}x`, pwd: `${pwd}x` };
    this.#retell();
  }

  cancelIceRestart(): void {
    if (this.#before === undefined) return;
    this.iceParameters = this.#before;
    this.#before = undefined;
    this.#retell();
  }

  addRemoteCandidate(...[, candidate]: Call<'addRemoteCandidate'>): 'added' {
    this.remoteCandidates.push(candidate);
    return 'added';
  }

  endOfRemoteCandidates(): void {
    this.isRemoteEnd = true;
  }

  addBase(...[, base]: Call<'addBase'>): void {
    this.#bases.push(base);
    this.#tell(base);
  }

  readonly egresses = new Map<number, string | undefined>();

  setBaseEgress(...[, base, egress]: Call<'setBaseEgress'>): void {
    this.egresses.set(base, egress);
  }

  #retell(): void {
    for (const base of this.#bases) this.#tell(base);
    if (this.#isEnd) this.endOfLocalCandidates();
  }

  #tell(base: Call<'addBase'>[1]): void {
    this.events.push({
      type: 'candidate',
      base: base.base,
      candidate: {
        foundation: `${base.base}`,
        component: 1,
        transport: 'udp',
        priority: 2130706431 - base.base,
        address: base.address,
        port: base.port,
        type: 'host',
        usernameFragment: this.iceParameters.ufrag,
      },
    });
  }

  endOfLocalCandidates(): void {
    this.#isEnd = true;
    this.events.push({ type: 'end-of-candidates' });
  }

  addServer(): void {}
  setBaseStatus(): void {}
  removeBase(): void {}
  setFlowWritable(): void {}
  baseFailed(): void {}
  handleTimeout(): void {}
  handleSendError(): void {}
  enableMultipath(): void {}

  handleDatagram(): Verdict {
    return Verdict.notMine;
  }

  pollTransmit(): boolean {
    return false;
  }

  pollEvent(): SessionEvent | undefined {
    return this.events.shift();
  }

  pollTimeout(): number {
    return NEVER;
  }

  openChannel(...[, options]: Call<'openChannel'>): number {
    if (this.remotes.at(-1)?.sctp === undefined) throw new Error('no association');
    const id = options.id ?? this.channels.size * 2;
    this.channels.set(id, options);
    return id;
  }

  send(): 0 {
    return 0;
  }

  readonly parts = { sendPart: () => 0 as const, abandonMessage: () => true };

  closeChannel(...[, channel]: Call<'closeChannel'>): void {
    this.events.push({ type: 'channel-closed', channel });
  }

  pollMessage(): boolean {
    return false;
  }

  bufferedAmount(): number {
    return 7;
  }

  setBufferedAmountLowThreshold(): void {}

  channelInfo(id: number): ChannelInfo {
    return {
      id,
      label: `channel ${id}`,
      protocol: '',
      ordered: true,
      maxRetransmits: undefined,
      maxPacketLifeTimeMs: undefined,
      negotiated: false,
      priority: 256,
      state: 'open',
      incoming: true,
      messagesSent: 0,
      messagesReceived: 0,
      bytesSent: 0,
      bytesReceived: 0,
    };
  }

  sendRtp(...[, bytes, offset, length]: Call<'sendRtp'>): 0 {
    this.sentRtp.push(bytes.slice(offset, offset + length));
    return 0;
  }

  sendRtcp(): 0 {
    return 0;
  }

  pollRtp(out: ReceivedPacket): boolean {
    const packet = this.received.shift();
    if (packet === undefined) return false;
    out.bytes = packet.bytes;
    out.offset = 0;
    out.length = packet.bytes.length;
    out.rtcp = packet.rtcp;
    return true;
  }

  steer(): boolean {
    return false;
  }

  getMultipathStats(): ReturnType<TransportSession['getMultipathStats']> {
    throw new Error('a fake session has no paths');
  }

  close(): void {
    this.isClosed = true;
    this.events.push({ type: 'closed', reason: 'closed' });
  }
}
