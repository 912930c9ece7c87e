import type { BenchPeer, PeerSource, Unavailable } from './contract.ts';
import { requirePeer } from './peers.ts';
import { pionPeer } from './pion.ts';

/** What every stack encodes or decodes: a Binding request as ICE sends it. */
export interface StunFixture {
  /** The request without integrity and fingerprint: USERNAME, PRIORITY, ICE-CONTROLLING. */
  readonly plain: Uint8Array;
  /** The same with MESSAGE-INTEGRITY (HMAC-SHA1 of `password`) and FINGERPRINT. */
  readonly signed: Uint8Array;
  readonly transactionId: Uint8Array;
  readonly username: string;
  /** Below 2^31: npm `stun` takes it as a signed integer. */
  readonly priority: number;
  /** 8 bytes. */
  readonly tieBreaker: Uint8Array;
  readonly password: string;
}

/**
 * `decode`: read `plain`. `verify`: read `signed`, check integrity and fingerprint. `encode`: write `plain` into new or
 * reused memory, as the stack does. `sign`: write `signed`.
 */
export type StunOperation = 'decode' | 'verify' | 'encode' | 'sign';

/** werift, npm `stun` and pion at one operation on the fixture. Each is checked to do it right before it is timed. */
export function stunPeers(operation: StunOperation, fixture: StunFixture): Record<string, PeerSource> {
  return {
    werift: () => werift(operation, fixture),
    stun: () => npmStun(operation, fixture),
    pion: () => pionPeer(`stun-${operation}`, pionOperands(fixture)),
  };
}

interface WeriftMessage {
  setAttribute(name: string, value: unknown): WeriftMessage;
  addMessageIntegrity(key: Buffer): WeriftMessage;
  addFingerprint(): WeriftMessage;
  readonly bytes: Buffer;
}
interface WeriftStun {
  Message: new (method: number, cls: number, transactionId: Buffer) => WeriftMessage;
  parseMessage(data: Buffer, key?: Buffer): WeriftMessage | undefined;
}

function werift(operation: StunOperation, fixture: StunFixture): BenchPeer | Unavailable {
  const loaded = requirePeer<WeriftStun>('werift', 'lib/ice/src/stun/message.js');
  if ('unavailable' in loaded) return loaded;
  const { Message, parseMessage } = loaded.module;
  const key = Buffer.from(fixture.password);
  const transactionId = Buffer.from(fixture.transactionId);
  const tieBreaker = Buffer.from(fixture.tieBreaker).readBigUInt64BE();
  const plain = Buffer.from(fixture.plain);
  const signed = Buffer.from(fixture.signed);
  const build = () =>
    new Message(1, 0, transactionId)
      .setAttribute('USERNAME', fixture.username)
      .setAttribute('PRIORITY', fixture.priority)
      .setAttribute('ICE-CONTROLLING', tieBreaker);
  return checked(
    'werift',
    loaded.version,
    fixture,
    {
      decode: () => parseMessage(plain) !== undefined,
      verify: () => parseMessage(signed, key) !== undefined,
      encode: () => build().bytes,
      sign: () => build().addMessageIntegrity(key).addFingerprint().bytes,
    },
    operation,
  );
}

interface NpmStunMessage {
  addUsername(name: string): unknown;
  addPriority(priority: number): unknown;
  addIceControlling(tieBreaker: Buffer): unknown;
  addMessageIntegrity(key: string): unknown;
  addFingerprint(): unknown;
  readonly count: number;
}
interface NpmStun {
  createMessage(type: number, transactionId: Buffer): NpmStunMessage;
  encode(message: NpmStunMessage): Buffer;
  decode(bytes: Buffer): NpmStunMessage;
  validateMessageIntegrity(message: NpmStunMessage, key: string): boolean;
  validateFingerprint(message: NpmStunMessage): boolean;
}

function npmStun(operation: StunOperation, fixture: StunFixture): BenchPeer | Unavailable {
  const loaded = requirePeer<NpmStun>('stun');
  if ('unavailable' in loaded) return loaded;
  const { createMessage, encode, decode, validateMessageIntegrity, validateFingerprint } = loaded.module;
  const transactionId = Buffer.from(fixture.transactionId);
  const tieBreaker = Buffer.from(fixture.tieBreaker);
  const plain = Buffer.from(fixture.plain);
  const signed = Buffer.from(fixture.signed);
  const build = () => {
    const message = createMessage(1, transactionId);
    message.addUsername(fixture.username);
    message.addPriority(fixture.priority);
    message.addIceControlling(tieBreaker);
    return message;
  };
  return checked(
    'stun',
    loaded.version,
    fixture,
    {
      decode: () => decode(plain).count === 3,
      verify: () => {
        const message = decode(signed);
        return validateMessageIntegrity(message, fixture.password) && validateFingerprint(message);
      },
      encode: () => encode(build()),
      sign: () => {
        const message = build();
        message.addMessageIntegrity(fixture.password);
        message.addFingerprint();
        return encode(message);
      },
    },
    operation,
  );
}

/** Runs the operation once, compares its result with the fixture, and makes a peer of it. */
function checked(
  name: string,
  version: string,
  fixture: StunFixture,
  operations: Record<StunOperation, () => boolean | Uint8Array>,
  operation: StunOperation,
): BenchPeer {
  const once = operations[operation];
  const result = once();
  const expected = operation === 'sign' ? fixture.signed : fixture.plain;
  const right = typeof result === 'boolean' ? result : Buffer.compare(result, expected) === 0;
  if (!right) throw new Error(`${name} ${version} does not ${operation} the fixture: the comparison would be void`);
  return {
    version,
    fn: (iterations) => {
      for (let i = 0; i < iterations; i++) once();
    },
  };
}

function pionOperands(fixture: StunFixture): string[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const { plain, signed, transactionId, tieBreaker } = fixture;
  const numbers = [plain, signed, transactionId, tieBreaker].map(hex);
  return [...numbers, String(fixture.priority), fixture.username, fixture.password];
}
