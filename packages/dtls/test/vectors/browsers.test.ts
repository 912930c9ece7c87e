/**
 * Handshakes that real browsers made with another stack, out of packet captures with their master secrets: what they sent
 * must parse, verify and decrypt here. (X-werift-Y and werift-X name who offered; see `source` in each file.)
 */
import { createSlot, type Slot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { parseCertificateKey } from '../../src/der/certificate.ts';
import { EVERYBODYS_SUITE } from '../../src/handshake/cipher-suites.ts';
import { concat, keyBlock, verifyData } from '../../src/handshake/key-schedule.ts';
import { parseCertificateMessage } from '../../src/handshake/messages/certificate.ts';
import { parseCertificateVerify } from '../../src/handshake/messages/certificate-verify.ts';
import { parseClientHello } from '../../src/handshake/messages/client-hello.ts';
import { HandshakeType } from '../../src/handshake/messages/header.ts';
import { parseServerKeyExchange, writeServerParams } from '../../src/handshake/messages/key-exchange.ts';
import { parseServerHello } from '../../src/handshake/messages/server-hello.ts';
import { Reassembly } from '../../src/handshake/reassembly.ts';
import { Transcript } from '../../src/handshake/transcript.ts';
import { ContentType, recordContentType, recordEpoch, recordLength, recordNumber } from '../../src/record/record.ts';
import { RecordLayer } from '../../src/record/record-layer.ts';
import { RecordProtection } from '../../src/record/record-protection.ts';
import { hex, unhex } from '../support/hex.ts';
import { createPair, deliver, drain } from '../support/pair.ts';
import { readJson } from '../support/vectors.ts';

type Role = 'client' | 'server';
interface Capture {
  source: string;
  clientRandom: string;
  masterSecret: string;
  datagrams: { from: Role; hex: string }[];
}

const CAPTURES = ['chromium-werift-datachannel', 'firefox-werift-datachannel', 'werift-chromium-datachannel'];

/** Listens to a capture with its keys. */
class Listener {
  readonly capture: Capture;
  readonly transcript = new Transcript();
  readonly applicationData: { from: Role; bytes: Uint8Array }[] = [];
  readonly verified: string[] = [];
  readonly #reassembly = { client: new Reassembly(), server: new Reassembly() };
  readonly #records = { client: new RecordLayer(64), server: new RecordLayer(64) };
  /** werift numbers its Finished apart from its data, so one number comes twice: two windows. */
  readonly #dataRecords = { client: new RecordLayer(64), server: new RecordLayer(64) };
  readonly #random = { client: new Uint8Array(0), server: new Uint8Array(0) };
  readonly #key = { client: new Uint8Array(0), server: new Uint8Array(0) };

  constructor(capture: Capture) {
    this.capture = capture;
  }

  run(): this {
    for (const { from, hex } of this.capture.datagrams) {
      const bytes = unhex(hex);
      for (let at = 0; at < bytes.length; ) {
        const total = recordLength(bytes, at, bytes.length - at);
        expect(total).toBeGreaterThan(0);
        this.#record(from, bytes.slice(at, at + total));
        at += total;
      }
    }
    return this;
  }

  #record(from: Role, record: Uint8Array): void {
    const type = recordContentType(record, 0);
    if (type === ContentType.applicationData) {
      const slot: Slot = { ...createSlot(10), buffer: record, offset: 0, length: record.length };
      expect(this.#dataRecords[from].open(slot)).toBe(Verdict.consumed);
      this.applicationData.push({ from, bytes: record.slice(slot.offset, slot.offset + slot.length) });
      return;
    }
    const epoch = recordEpoch(record, 0);
    let at = 13;
    let end = record.length;
    if (epoch === 1) {
      const length = this.#records[from].openRecord(record, 0, record.length);
      expect(length).toBeGreaterThanOrEqual(0);
      at = 21;
      end = 21 + length;
    }
    if (type !== ContentType.handshake) return;
    const view = new DataView(record.buffer);
    const [head, seq, offset, length] = [
      view.getUint32(at),
      view.getUint16(at + 4),
      view.getUint32(at + 5),
      view.getUint32(at + 8),
    ];
    expect(at + 12 + (length & 0xffffff)).toBe(end);
    const fragment = {
      type: head >>> 24,
      length: head & 0xffffff,
      seq,
      fragmentOffset: offset & 0xffffff,
      fragmentLength: length & 0xffffff,
    };
    this.#reassembly[from].insert(fragment, epoch, recordNumber(record, 0), record, at + 12);
    const message = this.#reassembly[from].take();
    if (message !== undefined) this.#message(from, message.type, message.seq, message.body);
  }

  #message(from: Role, type: number, seq: number, body: Uint8Array): void {
    const before = this.transcript.bytes().slice();
    if (type === HandshakeType.helloVerifyRequest) this.transcript.reset();
    else this.transcript.append(type, seq, body);
    const master = unhex(this.capture.masterSecret);
    switch (type) {
      case HandshakeType.clientHello:
        this.#random.client = parseClientHello(body)!.random as Uint8Array<ArrayBuffer>;
        expect(hex(this.#random.client)).toBe(this.capture.clientRandom);
        break;
      case HandshakeType.serverHello:
        this.#random.server = parseServerHello(body)!.random as Uint8Array<ArrayBuffer>;
        this.#install(master);
        break;
      case HandshakeType.certificate: {
        const key = parseCertificateKey(parseCertificateMessage(body)!);
        if (key.kind !== 'p256') throw new Error(key.kind);
        this.#key[from] = key.publicKey as Uint8Array<ArrayBuffer>;
        break;
      }
      case HandshakeType.serverKeyExchange: {
        const message = parseServerKeyExchange(body)!;
        const params = writeServerParams(message.group, message.publicKey);
        const signed = concat(this.#random.client, this.#random.server, params);
        expect(
          nodeCrypto.verify({ kind: 'p256', publicKey: this.#key.server }, 0x0403, signed, message.signature),
        ).toBe(true);
        this.verified.push('ServerKeyExchange');
        break;
      }
      case HandshakeType.certificateVerify: {
        const key = { kind: 'p256', publicKey: this.#key.client } as const;
        expect(nodeCrypto.verify(key, 0x0403, before, parseCertificateVerify(body)!.signature)).toBe(true);
        this.verified.push('CertificateVerify');
        break;
      }
      case HandshakeType.finished:
        expect(hex(body)).toBe(hex(verifyData(nodeCrypto, 'sha-256', master, from, before)));
        this.verified.push(`Finished of the ${from}`);
    }
  }

  #install(master: Uint8Array): void {
    const keys = keyBlock(nodeCrypto, EVERYBODYS_SUITE, master, this.#random.client, this.#random.server);
    const client = new RecordProtection(nodeCrypto, 'aes-128-gcm', keys.clientWriteKey, keys.clientWriteIv);
    const server = new RecordProtection(nodeCrypto, 'aes-128-gcm', keys.serverWriteKey, keys.serverWriteIv);
    for (const records of [this.#records, this.#dataRecords]) {
      records.client.install(server, client);
      records.server.install(client, server);
    }
  }
}

describe.each(CAPTURES)('%s', (name) => {
  const capture = readJson(`${name}.json`) as Capture;

  it('every signature and both Finished verify, every record decrypts', () => {
    const listener = new Listener(capture).run();
    expect(listener.verified).toEqual([
      'ServerKeyExchange',
      'CertificateVerify',
      'Finished of the client',
      'Finished of the server',
    ]);
    expect(listener.applicationData.length).toBe(24);
    // SCTP, ports 5000 to 5000 (RFC 8841 5).
    for (const { bytes } of listener.applicationData) expect(hex(bytes.subarray(0, 4))).toBe('13881388');
  });
});

describe("today's Chromium's ClientHello", () => {
  const capture = readJson('werift-chromium-datachannel.json') as Capture;
  const hello = capture.datagrams.slice(0, 2).map(({ hex }) => unhex(hex)) as [Uint8Array, Uint8Array];

  it.each([
    ['in order', [0, 1]],
    ['the second half first', [1, 0]],
    ['each half twice', [0, 0, 1, 1]],
  ])('%s: is larger than a datagram and answered with a flight of DTLS 1.2', (_how, order) => {
    const { server } = createPair();
    server.connection.start(0);
    for (const half of order) deliver(server, 0, hello[half]);
    const datagrams = drain(server, 0);
    expect(datagrams.length).toBe(1);
    expect(server.events).toEqual([]);
    const types: number[] = [];
    for (let at = 0; at < datagrams[0].length; ) {
      types.push(datagrams[0][at + 13]);
      at += recordLength(datagrams[0], at, datagrams[0].length - at);
    }
    expect(types).toEqual([2, 11, 12, 13, 14]);
    const body = datagrams[0].subarray(25, 13 + recordLength(datagrams[0], 0, datagrams[0].length) - 13);
    const serverHello = parseServerHello(body)!;
    expect(serverHello.version).toBe(0xfefd);
    expect(serverHello.extensions.map(({ type }) => type).sort((a, b) => a - b)).toEqual([11, 14, 23, 0xff01]);
  });
});
