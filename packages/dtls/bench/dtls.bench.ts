import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { type Bench, type BenchCase, pionHandshakes, weriftHandshakes } from '@hawser/bench';
import { createSlot, SLOT_HEAD_ROOM, type Slot, Verdict } from '@hawser/wire';
import {
  type AeadAlgorithm,
  certificateToPem,
  type DtlsCrypto,
  type DtlsVersion,
  generateCertificate,
  nodeCrypto,
} from '../src/index.ts';
import { parsePem, writePem } from '../src/pem.ts';
import { seededEnv } from '../test/support/env.ts';
import { connectedPair } from '../test/support/pair.ts';

/** What an application hands over in a full packet. */
const RECORD_BYTES = 1200;
/** Records made before they are opened, each can be opened once; so few that they stay in the processor's cache. */
const BATCH_RECORDS = 25;
const BATCHES = 40;
const HANDSHAKES = 20;

const times = (body: () => void) => (iterations: number) => {
  for (let i = 0; i < iterations; i++) body();
};

/** `node:crypto` as it is, until `isOff`: then a cipher of equal lengths that does nothing, to see what is ours. */
function switchable() {
  const state = { isOff: false };
  const crypto: DtlsCrypto = {
    ...nodeCrypto,
    createAead(algorithm, key) {
      const aead = nodeCrypto.createAead(algorithm, key);
      return {
        seal: (nonce, aad, buffer, offset, length) => {
          if (!state.isOff) aead.seal(nonce, aad, buffer, offset, length);
        },
        open: (nonce, aad, buffer, offset, length) => state.isOff || aead.open(nonce, aad, buffer, offset, length),
      };
    },
    createRecordNumberMask(algorithm, key) {
      const numbers = nodeCrypto.createRecordNumberMask(algorithm, key);
      return { mask: (buffer, offset) => (state.isOff ? 0 : numbers.mask(buffer, offset)) };
    },
  };
  return { state, crypto };
}

/** Two that are connected with one cipher, and what they do with records. */
function talkers(cipher: AeadAlgorithm, crypto: DtlsCrypto = nodeCrypto, spoken: DtlsVersion = '1.2') {
  const config = { crypto, cipherPreference: [cipher], versions: [spoken] };
  const { client, server } = connectedPair(1, config, config);
  const slot = createSlot(1500);
  const seal = (into: Slot) => {
    into.offset = SLOT_HEAD_ROOM;
    into.length = RECORD_BYTES;
    if (client.connection.seal(into) !== Verdict.consumed) throw new Error('not sealed');
  };
  const open = (from: Slot) => {
    if (server.connection.open(from) !== Verdict.consumed) throw new Error('not opened');
  };
  const slots = Array.from({ length: BATCH_RECORDS }, () => createSlot(1500));
  return {
    /** Nanoseconds to seal one. */
    sealNs: () =>
      timedNs(
        () => {},
        () => slots.forEach(seal),
      ),
    sealAndOpen: () => {
      seal(slot);
      open(slot);
    },
    /** Nanoseconds to open one. */
    openNs: () =>
      timedNs(
        () => slots.forEach(seal),
        () => slots.forEach(open),
      ),
  };
}

const key = createSecretKey(new Uint8Array(16));
const nonce = new Uint8Array(12);
const aad = new Uint8Array(13);
const plain = new Uint8Array(RECORD_BYTES);

/** The bare call: AES-128-GCM of `node:crypto` with nothing around it. */
function bareSeal(): Buffer {
  nonce[11]++;
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(aad);
  const sealed = cipher.update(plain);
  cipher.final();
  tag = cipher.getAuthTag();
  return sealed;
}
let tag: Buffer = Buffer.alloc(16);

function bareOpenNs(): number {
  const sealed = Array.from({ length: BATCH_RECORDS }, () => ({ bytes: bareSeal(), tag, nonce: nonce.slice() }));
  return timedNs(
    () => {},
    () => {
      for (const one of sealed) {
        const decipher = createDecipheriv('aes-128-gcm', key, one.nonce, { authTagLength: 16 });
        decipher.setAAD(aad);
        decipher.setAuthTag(one.tag);
        decipher.update(one.bytes);
        decipher.final();
      }
    },
  );
}

/** Nanoseconds that `work` takes for each record of a middling batch: in some the machine does something else. */
function timedNs(prepare: () => void, work: () => void): number {
  const took = new Float64Array(BATCHES);
  for (let batch = 0; batch < BATCHES; batch++) {
    prepare();
    const begun = process.hrtime.bigint();
    work();
    took[batch] = Number(process.hrtime.bigint() - begun);
  }
  return took.sort()[BATCHES / 2] / BATCH_RECORDS;
}

function bareSealNs(): number {
  return timedNs(
    () => {},
    () => times(bareSeal)(BATCH_RECORDS),
  );
}

const version = process.versions.node;
const BARE = 'node:crypto, AES-128-GCM, one call';

/** Rows of one cipher. @param atMost time in bare calls @param allocated bytes on the heap per record, sealed and opened */
function records(cipher: AeadAlgorithm, atMost: number | undefined, allocated?: number): BenchCase[] {
  const { sealNs, sealAndOpen, openNs } = talkers(cipher);
  const target = atMost === undefined ? {} : { target: { peer: BARE, times: 1 / atMost } };
  const rows: BenchCase[] = [
    {
      name: `seal ${RECORD_BYTES} bytes, ${cipher}`,
      unit: 'ns/op',
      lowerIsBetter: true,
      measure: sealNs,
      peers: { [BARE]: { version, measure: bareSealNs } },
      ...target,
    },
    {
      name: `open ${RECORD_BYTES} bytes, ${cipher}`,
      unit: 'ns/op',
      lowerIsBetter: true,
      measure: openNs,
      peers: { [BARE]: { version, measure: bareOpenNs } },
      ...target,
    },
  ];
  if (allocated === undefined) return rows;
  const both: BenchCase = {
    name: `seal and open ${RECORD_BYTES} bytes, ${cipher}`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: times(sealAndOpen),
    allocation: { atMost: allocated },
  };
  return [...rows, both];
}

/** The same of DTLS 1.3, whose record numbers are hidden by one more block of the cipher (RFC 9147 4.2.3). */
function records13(cipher: AeadAlgorithm, allocated?: number): BenchCase[] {
  // Not the same two: who has missed 2^15 records in a row does not find their numbers again.
  const { sealNs } = talkers(cipher, nodeCrypto, '1.3');
  const { sealAndOpen } = talkers(cipher, nodeCrypto, '1.3');
  const rows: BenchCase[] = [
    {
      name: `seal ${RECORD_BYTES} bytes, ${cipher}, DTLS 1.3`,
      unit: 'ns/op',
      lowerIsBetter: true,
      measure: sealNs,
      peers: { [BARE]: { version, measure: bareSealNs } },
    },
  ];
  if (allocated === undefined) return rows;
  const both: BenchCase = {
    name: `seal and open ${RECORD_BYTES} bytes, ${cipher}, DTLS 1.3`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: times(sealAndOpen),
    allocation: { atMost: allocated },
  };
  return [...rows, both];
}

const ours = switchable();
const withoutCipher = talkers('aes-128-gcm', ours.crypto);
const withoutCipher13 = talkers('aes-128-gcm', ours.crypto, '1.3');
ours.state.isOff = true;

const client = generateCertificate(seededEnv(1));
const server = generateCertificate(seededEnv(2));
let seed = 0;
const warm = new Set<DtlsVersion>();

/** Processor time of one handshake, both sides, when the compiler is done with what they run. */
function handshakeNs(spoken: DtlsVersion): number {
  if (!warm.has(spoken)) {
    warm.add(spoken);
    for (let i = 0; i < 10; i++) handshakeNs(spoken);
  }
  const begun = process.cpuUsage();
  for (let i = 0; i < HANDSHAKES; i++) {
    const versions = [spoken];
    const pair = connectedPair(seed++, { certificate: client, versions }, { certificate: server, versions });
    if (pair.client.connection.state !== 'connected') throw new Error('not connected');
  }
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1000) / HANDSHAKES;
}

function pem() {
  const [cert, privateKey] = parsePem(certificateToPem(server)).map(writePem);
  return { cert, key: privateKey };
}

/** One record sealed, one opened; a whole handshake, both sides, without a network. */
export const benches: Bench[] = [
  {
    name: 'dtls',
    cases: [
      ...records('aes-128-gcm', 1.1),
      // Two views of what is copied into the kernel's memory and out of it, each way.
      ...records('chacha20-poly1305', 0.6, 512),
      ...records('aes-256-gcm', undefined),
      {
        name: 'seal and open, the cipher taken out',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(withoutCipher.sealAndOpen),
        allocation: { atMost: 0 },
      },
      ...records13('aes-128-gcm'),
      ...records13('chacha20-poly1305', 512),
      {
        name: 'seal and open, cipher and mask taken out, DTLS 1.3',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: times(withoutCipher13.sealAndOpen),
        allocation: { atMost: 0 },
      },
      {
        name: 'handshake of DTLS 1.3, both sides, processor time',
        unit: 'ns/op',
        lowerIsBetter: true,
        measure: () => handshakeNs('1.3'),
      },
      {
        name: 'handshake of DTLS 1.2, both sides, processor time',
        unit: 'ns/op',
        lowerIsBetter: true,
        measure: () => handshakeNs('1.2'),
        peers: { pion: pionHandshakes, werift: () => weriftHandshakes(pem()) },
        target: {
          all: [
            { peer: 'pion', times: 0.5 },
            { peer: 'werift', times: 3 },
          ],
        },
      },
    ],
  },
];
