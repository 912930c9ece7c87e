import { readFileSync } from 'node:fs';
import { StunClass, StunMethod, StunReader, StunWriter, TransportAddress } from '@hawser/stun';
import { createSlot, hexBytes, hexText, type SecureRandom, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import {
  channelDataLength,
  channelNumber,
  isChannelData,
  TurnClient,
  type TurnClientConfig,
  wrapChannelData,
  wrapIndication,
} from '../../src/index.ts';
import { addressOf } from '../kit/relayed-client.ts';

interface Vector {
  readonly name: string;
  readonly input: { readonly message?: string; readonly bytes?: string };
  readonly expected: { readonly reject?: boolean; readonly channel?: number; readonly data?: string; padding?: number };
}

const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(new URL('./turn.json', import.meta.url), 'utf8'));
const message = (name: string): Uint8Array => {
  const found = vectors.find((vector) => vector.name === `derived: TURN ${name}`);
  return hexBytes(found?.input.message ?? '') as Uint8Array;
};

/** The transaction id of every vector: 00 01 … 0b. */
const counting: SecureRandom = {
  fillSecure: (out, offset, length) => {
    for (let i = 0; i < length; i++) out[offset + i] = i;
  },
};
const env = { now: 0, unixMs: 0, secure: counting, jitter: { nextUnit: () => 0 } };

/** A client that has been asked for credentials with the vectors' realm and nonce. */
function challenged(config: Partial<TurnClientConfig> = {}): TurnClient {
  const client = new TurnClient({ server: 0, username: 'alice', password: 'wonderland', ...config }, env);
  client.allocate(0);
  transmitted(client);
  const bytes = new Uint8Array(200);
  const writer = new StunWriter().begin(bytes, 0, 200, StunClass.error, StunMethod.allocate, bytes.fill(0), 0);
  counting.fillSecure(bytes, 8, 12);
  writer.errorCode(401);
  writer.realm('example.org');
  writer.nonce(new TextEncoder().encode('nonce123'));
  expect(client.handleDatagram(0, 0, bytes, 0, writer.finish())).toBe(Verdict.consumed);
  return client;
}

function transmitted(client: TurnClient): string {
  const slot = createSlot();
  expect(client.pollTransmit(0, slot)).toBe(true);
  return hexText(slot.buffer, slot.offset, slot.length);
}

function allocated(): TurnClient {
  const client = challenged();
  transmitted(client);
  const success = message('allocate success');
  expect(client.handleDatagram(0, 0, success, 0, success.length)).toBe(Verdict.consumed);
  return client;
}

describe('the client says, to the byte', () => {
  it('Allocate without credentials', () => {
    const config = { server: 0, username: 'alice', password: 'x', lifetimeSeconds: 600 };
    const client = new TurnClient({ ...config, transport: 'stream' }, env);
    client.allocate(0);
    expect(transmitted(client)).toBe(hexText(message('allocate, unauthenticated')));
    // Over datagrams it is longer, so that the answer need not be: 64 bytes before FINGERPRINT.
    const padded = new TurnClient(config, env);
    padded.allocate(0);
    const plain = hexText(message('allocate, unauthenticated'));
    const same = plain.slice(8, -16);
    expect(transmitted(padded).slice(8)).toContain(`${same}c0f5003c${'00'.repeat(60)}`);
  });

  it('Allocate with credentials of MD5', () => {
    expect(transmitted(challenged())).toBe(hexText(message('allocate, authenticated MD5')));
  });

  it('CreatePermission for two peers', () => {
    const client = challenged();
    transmitted(client);
    client.permit(0, addressOf('192.0.2.150', 0));
    client.permit(0, addressOf('192.0.2.151', 0));
    const success = message('allocate success');
    client.handleDatagram(0, 0, success, 0, success.length);
    expect(transmitted(client)).toBe(hexText(message('create permission, two peers')));
  });

  it('Refresh with lifetime 0', () => {
    const client = allocated();
    client.release(0);
    expect(transmitted(client)).toBe(hexText(message('refresh 0')));
  });
});

describe('the client understands', () => {
  it('an Allocate success', () => {
    const client = allocated();
    expect(client.pollEvent()).toEqual({
      type: 'allocated',
      relayed: [{ address: '192.0.2.15', port: 50_000 }],
      mapped: { address: '198.51.100.3', port: 32_768 },
      lifetimeSeconds: 600,
      reservationToken: undefined,
      addressErrorCode: 0,
    });
  });

  it('an Allocate success over IPv6', () => {
    const client = challenged({ family: 'ipv6' });
    transmitted(client);
    const success = message('allocate success IPv6');
    expect(client.handleDatagram(0, 0, success, 0, success.length)).toBe(Verdict.consumed);
    expect(client.pollEvent()).toMatchObject({
      relayed: [{ address: '2001:db8::5', port: 50_002 }],
      mapped: { address: '2001:db8:1::9', port: 32_770 },
      lifetimeSeconds: 1200,
    });
  });

  it('a 401 that offers SHA-256 and MD5', () => {
    const client = new TurnClient({ server: 0, username: 'alice', password: 'x' }, env);
    client.allocate(0);
    transmitted(client);
    const challenge = message('401');
    // Its nonce cookie promises nothing, which takes nothing from the list.
    expect(client.handleDatagram(0, 0, challenge, 0, challenge.length)).toBe(Verdict.consumed);
    const answer = hexBytes(transmitted(client)) as Uint8Array;
    const reader = new StunReader();
    reader.parse(answer, 0, answer.length);
    expect([reader.hasIntegrity, reader.hasIntegritySha256]).toEqual([false, true]);
  });
});

describe('indications', () => {
  it.each([
    ['send indication, 5 octets of data', StunMethod.send, '68656c6c6f'],
    ['data indication', StunMethod.data, '80600001'],
  ] as const)('%s is written around its payload', (name, method, payload) => {
    const slot = createSlot();
    const bytes = hexBytes(payload) as Uint8Array;
    slot.buffer.fill(0xee);
    slot.buffer.set(bytes, slot.offset);
    slot.length = bytes.length;
    wrapIndication(slot, method, addressOf('192.0.2.150', 49_182), counting, false);
    expect(hexText(slot.buffer, slot.offset, slot.length)).toBe(hexText(message(name)));
    expect([slot.offset, slot.buffer[slot.offset - 1], slot.buffer[slot.offset + slot.length]]).toEqual([
      44, 0xee, 0xee,
    ]);
  });
});

describe('ChannelData', () => {
  const cases = vectors.filter(({ name }) => name.startsWith('ChannelData'));
  it.each(cases.map((vector) => [vector.name, vector] as const))('%s', (_name, { input, expected }) => {
    const bytes = hexBytes(input.bytes ?? '') as Uint8Array;
    expect(isChannelData(bytes, 0, bytes.length)).toBe(expected.reject !== true);
    if (expected.reject) return;
    const data = hexBytes(expected.data ?? '') as Uint8Array;
    expect([channelNumber(bytes, 0), channelDataLength(bytes, 0)]).toEqual([expected.channel, data.length]);
    const slot = createSlot();
    slot.buffer.set(data, slot.offset);
    slot.length = data.length;
    wrapChannelData(slot, expected.channel as number, expected.padding !== 0);
    expect(hexText(slot.buffer, slot.offset, slot.length)).toBe(input.bytes);
  });
});

it('an empty address is no peer', () => {
  expect(() => allocated().permit(0, new TransportAddress())).toThrow('empty');
});
