import { deterministicCrypto, generateCertificate } from '@hawser/dtls';
import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup, SeededRandom } from '@hawser/netsim';
import { createMessage } from '@hawser/sctp-dc';
import { type Env, FlowTable, PacketClass, type Slot } from '@hawser/wire';
import { describe, it } from 'vitest';
import { MultipathSession } from '../../src/index.ts';

const BASES = [0, 1];
const RTP = Uint8Array.of(0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3);
const PORT = 5000;
const addressOf = (side: 'a' | 'b', base: number) => `10.${side === 'a' ? 1 : 2}.${base}.1`;

function setup(): MachineLawSetup<MultipathSession> {
  let latest: { a: MultipathSession; b: MultipathSession };
  let channel = 0;
  const certificates = {
    a: generateCertificate({ unixMs: 1.8e12, secure: new SeededRandom('law a') }, deterministicCrypto),
    b: generateCertificate({ unixMs: 1.8e12, secure: new SeededRandom('law b') }, deterministicCrypto),
  };
  const make = (side: 'a' | 'b', env: Env) => {
    const session = new MultipathSession(
      {
        certificate: certificates[side],
        role: side === 'a' ? 'controlling' : 'controlled',
        crypto: { dtls: deterministicCrypto },
        flows: new FlowTable(128),
        ice: { spareBases: 0 },
      },
      env,
    );
    latest = { ...latest, [side]: session };
    return session;
  };
  const start = (machines: { a: MultipathSession; b: MultipathSession }, now: number) => {
    for (const side of ['a', 'b'] as const) {
      const other = side === 'a' ? 'b' : 'a';
      const session = machines[side];
      for (const base of BASES) {
        session.addBase(now, { base, address: addressOf(side, base), port: PORT + base, egress: `if${base}` });
      }
      session.endOfLocalCandidates(now);
      session.setRemote(now, {
        ...machines[other].iceParameters,
        hawser: true,
        fingerprints: [{ algorithm: 'sha-256', value: certificates[other].fingerprint('sha-256') }],
        dtlsRole: side === 'a' ? 'client' : 'server',
        sctp: {},
      });
      for (const base of BASES) {
        session.addRemoteCandidate(now, {
          foundation: `${base}`,
          component: 1,
          transport: 'udp',
          priority: 2_130_706_431 - base,
          address: addressOf(other, base),
          port: PORT + base,
          type: 'host',
        });
      }
      session.endOfRemoteCandidates(now);
    }
  };
  const say = (machine: MultipathSession, now: number, text: string) => {
    const bytes = new TextEncoder().encode(text);
    machine.send(now, channel, bytes, 0, bytes.length, false);
  };
  return {
    name: 'session',
    makeA: (env) => make('a', env),
    makeB: (env) => make('b', env),
    script: [
      { atMs: 0, run: start },
      {
        atMs: 3000,
        run: ({ a }, now) => {
          // Forged packets may have ended the handshake: nothing is opened then.
          if (!a.isConnected) return;
          channel = a.openChannel(now, { label: 'law' });
          say(a, now, 'one');
        },
      },
      { atMs: 3500, run: ({ a }, now) => say(a, now, 'two') },
      // The second has the sequence number of the first and is refused, when it was about to leave (RFC 3711 9.1).
      ...[3510, 3530].map((atMs) => ({
        atMs,
        run: ({ a }: { a: MultipathSession }, now: number) =>
          void a.sendRtp(now, RTP, 0, RTP.length, PacketClass.audio),
      })),
      { atMs: 6000, run: ({ a }, now) => a.close(now) },
      { atMs: 6500, run: ({ b }, now) => b.close(now) },
    ],
    durationMs: 9000,
    paths: [{ delayMs: 10 }, { delayMs: 25 }],
    route(side: 'a' | 'b', slot: Slot) {
      const { flows } = latest[side];
      const base = flows.base(slot.flow);
      const remoteBase = Number(flows.address(slot.flow).split('.')[2]);
      const to = latest[side === 'a' ? 'b' : 'a'].flows;
      return { path: base, from: to.intern(remoteBase, addressOf(side, base), PORT + base) };
    },
    collect(_side, machine) {
      const message = createMessage();
      const texts: string[] = [];
      while (machine.pollMessage(message)) {
        texts.push(new TextDecoder().decode(message.bytes.subarray(message.offset, message.offset + message.length)));
      }
      return texts;
    },
    // Which paths are active when, and why, is a matter of time; that they are is not.
    describe: (_side, event) => (event.type === 'path' || event.type === 'error' ? event.type : JSON.stringify(event)),
    quiet: { withinMs: 60_000 },
    sizeOf: (machine) => machine.flows.size,
    sizeLimit: 128,
    headRoomUsedBytes: 21,
    tailRoomUsedBytes: 16,
  };
}

describe('a session keeps the laws of machines', () => {
  for (const law of MACHINE_LAWS) {
    it(law, () => {
      for (const seed of [1, 2]) checkMachineLaw(law, setup(), seed);
    });
  }
});
