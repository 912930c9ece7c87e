import { deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { checkMachineLaw, type LawStep, MACHINE_LAWS, type MachineLawSetup, SeededRandom } from '@hawser/netsim';
import { type Env, PacketClass, type Slot } from '@hawser/wire';
import { describe, it } from 'vitest';
import { createRoutedPacket, type Message, PeerConnectionMachine, type SessionDescription } from '../../src/index.ts';

const BASES = [0, 1];
const PORT = 5000;
const addressOf = (side: 'a' | 'b', base: number): string => `10.${side === 'a' ? 1 : 2}.${base}.1`;

// One certificate each for all runs: making them is not what is tried.
const certificates = {
  a: generateCertificate({ unixMs: 1.8e12, secure: new SeededRandom('certificate a') }, deterministicCrypto),
  b: generateCertificate({ unixMs: 1.8e12, secure: new SeededRandom('certificate b') }, deterministicCrypto),
};

type Machines = Parameters<LawStep<PeerConnectionMachine, PeerConnectionMachine>['run']>[0];

function addBases(machine: PeerConnectionMachine, side: 'a' | 'b', now: number): void {
  for (const base of BASES) {
    machine.addBase(now, { base, address: addressOf(side, base), port: PORT + base, egress: `if${base}` });
  }
  machine.endOfLocalCandidates(now);
}

function negotiate({ a, b }: Machines, now: number): void {
  a.setLocalDescription(now);
  b.setRemoteDescription(now, a.localDescription as SessionDescription);
  b.setLocalDescription(now);
  a.setRemoteDescription(now, b.localDescription as SessionDescription);
}

const packet = Uint8Array.of(0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4);
const text = new TextEncoder().encode('hello');

function setup(): MachineLawSetup<PeerConnectionMachine> {
  let latest: Machines;
  const make = (side: 'a' | 'b', env: Env): PeerConnectionMachine => {
    const machine = new PeerConnectionMachine(
      {
        certificate: certificates[side],
        crypto: { dtls: deterministicCrypto },
        ice: { spareBases: 0, answerHoldMs: 0 },
      },
      env,
    );
    latest = { ...latest, [side]: machine };
    return machine;
  };
  const script: LawStep<PeerConnectionMachine, PeerConnectionMachine>[] = [
    {
      atMs: 0,
      run(machines, now) {
        machines.a.addTransceiver(now, 'audio', { direction: 'sendonly' });
        machines.a.createDataChannel(now, { label: 'd', negotiated: true, id: 7 });
        machines.b.createDataChannel(now, { label: 'd', negotiated: true, id: 7 });
        addBases(machines.a, 'a', now);
        addBases(machines.b, 'b', now);
        negotiate(machines, now);
      },
    },
    ...[3000, 3020, 3040].map((atMs) => ({
      atMs,
      run({ a }: Machines, now: number) {
        a.sendRtp(now, a.transceivers[0], packet, 0, packet.length, PacketClass.audio);
      },
    })),
    // At other moments: what waits for one drain leaves in another order, and is answered in another.
    ...[3007, 3027, 3047].map((atMs) => ({
      atMs,
      run({ a }: Machines, now: number) {
        const channel = a.channelOf(7);
        if (channel?.state === 'open') a.send(now, channel, text, 0, text.length, false);
      },
    })),
    { atMs: 3500, run: negotiate },
    { atMs: 4500, run: ({ a }, now) => a.close(now) },
    { atMs: 4600, run: ({ b }, now) => b.close(now) },
  ];
  const message: Message = { channel: 0, part: 0, binary: true, bytes: new Uint8Array(0), offset: 0, length: 0 };
  const routed = createRoutedPacket();
  return {
    name: 'two peer connections',
    makeA: (env) => make('a', env),
    makeB: (env) => make('b', env),
    script,
    durationMs: 8000,
    paths: [{ delayMs: 10 }, { delayMs: 25 }],
    route(side: 'a' | 'b', slot: Slot) {
      const from = latest[side].flows;
      const to = latest[side === 'a' ? 'b' : 'a'].flows;
      const base = from.base(slot.flow);
      const remoteBase = Number(from.address(slot.flow).split('.')[2]);
      return { path: base, from: to.intern(remoteBase, addressOf(side, base), PORT + base) };
    },
    collect(_side, machine) {
      const out: string[] = [];
      while (machine.pollMessage(message)) out.push(`message of ${message.length}`);
      while (machine.pollRtp(routed)) if (!routed.rtcp) out.push(`RTP of ${routed.transceivers[0].mid}`);
      return out;
    },
    describe: (_side, event) => event.type,
    state: (_side, machine) => [machine.signalingState, machine.connectionState, machine.transceivers.length],
    quiet: { withinMs: 60_000 },
    headRoomUsedBytes: 21,
    tailRoomUsedBytes: 48,
    sizeOf: (machine) => machine.transceivers.length + machine.flows.size,
    sizeLimit: 8 + 1024,
    outputLimit: 2000,
  };
}

describe('two peer connections keep the laws', () => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    checkMachineLaw(law, setup(), 1);
  });
});
