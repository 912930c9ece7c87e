/**
 * `seal` and `open` of application data beside the floor: the same bytes through `node:crypto` alone, with the calls that
 * AES-GCM needs and nothing around them. Work per iteration: one record.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { createSlot, SLOT_HEAD_ROOM } from '@hawser/wire';
import { connectedPair } from '../test/support/pair.ts';

const ROUNDS = 40_000;

function measure(name: string, run: () => void): number {
  for (let i = 0; i < ROUNDS / 4; i++) run();
  const samples: number[] = [];
  for (let sample = 0; sample < 5; sample++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < ROUNDS; i++) run();
    samples.push(Number(process.hrtime.bigint() - start) / ROUNDS);
  }
  samples.sort((a, b) => a - b);
  const row = { bench: 'dtls records', case: name, value: samples[2], unit: 'ns', spread: [samples[0], samples[4]] };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  return samples[2];
}

for (const payloadBytes of [100, 1150]) {
  const { client, server } = connectedPair();
  const slot = createSlot(1500);
  const reset = () => {
    slot.offset = SLOT_HEAD_ROOM;
    slot.length = payloadBytes;
  };
  const seal = measure(`seal ${payloadBytes}`, () => {
    reset();
    client.connection.seal(slot);
  });
  const both = measure(`seal and open ${payloadBytes}`, () => {
    reset();
    client.connection.seal(slot);
    server.connection.open(slot);
  });

  const key = createSecretKey(randomBytes(16));
  const nonce = new Uint8Array(12);
  const aad = new Uint8Array(13);
  const bytes = new Uint8Array(payloadBytes);
  const tag = new Uint8Array(16);
  let counter = 0;
  const floorSeal = () => {
    nonce[11] = counter++;
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    cipher.setAAD(aad);
    bytes.set(cipher.update(bytes));
    cipher.final();
    tag.set(cipher.getAuthTag());
  };
  const floor = measure(`floor: encrypt ${payloadBytes}`, floorSeal);
  const floorBoth = measure(`floor: encrypt and decrypt ${payloadBytes}`, () => {
    floorSeal();
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    bytes.set(decipher.update(bytes));
    decipher.final();
  });
  const ratio = { bench: 'dtls records', case: `seal / floor ${payloadBytes}`, value: seal / floor, unit: 'ratio' };
  const ratioBoth = { ...ratio, case: `seal and open / floor ${payloadBytes}`, value: both / floorBoth };
  process.stdout.write(`${JSON.stringify(ratio)}\n${JSON.stringify(ratioBoth)}\n`);
}
