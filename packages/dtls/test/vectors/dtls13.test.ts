import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { ackLength, parseAck, writeAck } from '../../src/handshake13/ack.ts';
import {
  expandLabel,
  hkdfExpand,
  hkdfExtract,
  KeySchedule,
  type LabelPrefix,
} from '../../src/handshake13/key-schedule.ts';
import { SUITES_13 } from '../../src/handshake13/suites.ts';
import { reconstructNumber, unifiedHeaderLength } from '../../src/record13/unified-header.ts';
import { hex, unhex } from '../support/hex.ts';
import { vectors } from '../support/vectors.ts';

const FILE = 'dtls13.json';
const AES_128 = SUITES_13[0];

/** What a vector holds, as text. */
type Texts = Record<string, string>;

describe('HKDF, RFC 5869 A', () => {
  it.each(vectors(FILE, 'HKDF test case'))('$name', ({ input, expected }) => {
    const { ikm, salt, info, length } = input as Texts;
    const prk = hkdfExtract(nodeCrypto, 'sha-256', unhex(salt), unhex(ikm));
    expect(hex(prk)).toBe(expected['prk']);
    expect(hex(hkdfExpand(nodeCrypto, 'sha-256', prk, unhex(info), Number(length)))).toBe(expected['okm']);
  });

  it.each(vectors(FILE, 'HKDF-Expand-Label'))('$name', ({ input, expected }) => {
    const { secret, label, prefix, context, length } = input as Texts;
    const out = expandLabel(
      nodeCrypto,
      'sha-256',
      unhex(secret),
      label,
      unhex(context),
      Number(length),
      prefix as LabelPrefix,
    );
    expect(hex(out)).toBe(expected['output']);
  });
});

describe('the key schedule, RFC 8448 3 and the same under the labels of RFC 9147 5.9', () => {
  const schedules = [
    ...vectors(FILE, 'TLS 1.3 key schedule'),
    ...vectors(FILE, 'the same inputs with the DTLS 1.3 label prefix'),
  ];
  it.each(schedules)('$name', ({ input, expected }) => {
    const texts = input as Texts;
    const want = expected as Texts;
    const schedule = new KeySchedule(nodeCrypto, AES_128, texts['labelPrefix'] as LabelPrefix);
    const hellos = texts['clientHello'] + texts['serverHello'];
    const beforeVerify = hellos + texts['encryptedExtensions'] + texts['certificate'];
    const beforeFinished = beforeVerify + texts['certificateVerify'];
    const hash = (messages: string) => schedule.digest(unhex(messages));

    const handshake = schedule.handshakeSecret(unhex(texts['ecdheSharedSecret']));
    expect(hex(handshake)).toBe(want['handshakeSecret']);
    const traffic = schedule.handshakeTraffic(handshake, hash(hellos));
    expect(hex(traffic.client)).toBe(want['clientHandshakeTraffic']);
    expect(hex(traffic.server)).toBe(want['serverHandshakeTraffic']);
    const keys = schedule.trafficKeys(traffic.server);
    expect(hex(keys.key)).toBe(want['serverHandshakeKey']);
    expect(hex(keys.iv)).toBe(want['serverHandshakeIv']);
    if (want['serverHandshakeSn'] !== undefined) expect(hex(keys.sn)).toBe(want['serverHandshakeSn']);
    expect(hex(schedule.verifyData(traffic.server, hash(beforeFinished)))).toBe(want['serverVerifyData']);

    const master = schedule.masterSecret(handshake);
    expect(hex(master)).toBe(want['masterSecret']);
    const withFinished = hash(beforeFinished + texts['serverFinished']);
    const application = schedule.applicationTraffic(master, withFinished);
    expect(hex(application.client)).toBe(want['clientApplicationTraffic']);
    expect(hex(application.server)).toBe(want['serverApplicationTraffic']);
    expect(hex(schedule.trafficKeys(application.client).key)).toBe(want['clientApplicationKey']);
    expect(hex(schedule.exporterSecret(master, withFinished))).toBe(want['exporterMaster']);
    expect(hex(schedule.verifyData(traffic.client, withFinished))).toBe(want['clientVerifyData']);
  });

  it.each([...vectors(FILE, 'TLS 1.3 exporter'), ...vectors(FILE, 'DTLS 1.3 SRTP exporter')])(
    '$name',
    ({ input, expected }) => {
      const { exporterMaster, label, context, length, labelPrefix } = input as Texts;
      const schedule = new KeySchedule(nodeCrypto, AES_128, labelPrefix as LabelPrefix);
      const out = schedule.exportKeyingMaterial(unhex(exporterMaster), label, unhex(context), Number(length));
      expect(hex(out)).toBe(expected['output']);
    },
  );
});

describe('records of DTLS 1.3', () => {
  it.each(vectors(FILE, 'DTLS 1.3 record number mask'))('$name', ({ input, expected }) => {
    const { snKey, ciphertextFirst16, unifiedHeader16BitSeq } = input as Texts;
    const mask = nodeCrypto.createRecordNumberMask('aes-128-gcm', unhex(snKey)).mask(unhex(ciphertextFirst16), 0);
    expect(mask).toBe(Number.parseInt((expected as Texts)['mask'].slice(0, 4), 16));
    const encrypted = Number.parseInt(unifiedHeader16BitSeq, 16) ^ mask;
    expect(encrypted).toBe(Number.parseInt((expected as Texts)['encryptedSeq'], 16));
  });

  it.each(vectors(FILE, 'DTLS 1.3 unified header'))('$name', ({ input, expected }) => {
    const { C, S, L, epochBits } = expected as Record<string, number>;
    const octet = Number(input['octet']);
    expect(unifiedHeaderLength(octet, 5)).toBe(2 + 5 * C + S + 2 * L);
    expect(octet & 3).toBe(epochBits);
  });

  it.each(vectors(FILE, 'DTLS 1.3 sequence number'))('$name', ({ input, expected }) => {
    const { expectedNext, received16 } = input as Record<string, number>;
    expect(reconstructNumber(received16, 0x1_0000, expectedNext)).toBe(expected['full']);
  });
});

describe('ACK', () => {
  it.each(vectors(FILE, 'DTLS 1.3 ACK'))('$name', ({ input, expected }) => {
    const body = unhex(input['body']);
    const names = (expected['recordNumbers'] as { epoch: number; sequence: number }[]).map(({ epoch, sequence }) => ({
      epoch,
      number: sequence,
    }));
    expect(parseAck(body, 0, body.length)).toEqual(names);
    const written = new Uint8Array(ackLength(names.length));
    writeAck(written, 0, names);
    expect(hex(written)).toBe(hex(body));
  });

  it.each(vectors(FILE, 'invalid ACK'))('$name', ({ input }) => {
    const body = unhex(input['body']);
    expect(parseAck(body, 0, body.length)).toBeUndefined();
  });
});
