import { hexText, type SecureRandom } from '@hawser/wire';
import {
  AttributeType,
  ICE_ATTRIBUTES,
  LONG_TERM_ATTRIBUTES,
  LongTermClient,
  type LongTermOutcome,
  LongTermServer,
  type LongTermServerConfig,
  type LongTermUsers,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  TransportAddress,
  userhash,
} from '../src/index.ts';
import { seededBytes } from './support.ts';

export const REALM = 'example.org';

export function seededSecure(seed: number): SecureRandom {
  const next = seededBytes(seed);
  return { fillSecure: (out, offset, length) => out.set(next(length), offset) };
}

export function usersOf(passwords: Readonly<Record<string, string>>, anonymous = false): LongTermUsers {
  const byHash = new Map(Object.keys(passwords).map((name) => [hexText(userhash(name, REALM)), name]));
  return {
    password: (username) => passwords[username],
    ...(anonymous ? { usernameOf: (hash: string) => byHash.get(hash) } : {}),
  };
}

/** One client and one server of long-term credentials, and between them datagrams that a test may tamper with. */
export class LongTermWorld {
  now = 0;
  readonly server: LongTermServer;
  readonly client: LongTermClient;
  readonly source = new TransportAddress();
  readonly reader = new StunReader([...ICE_ATTRIBUTES, ...LONG_TERM_ATTRIBUTES]);
  readonly #writer = new StunWriter();
  readonly #transactionId = new Uint8Array(12);

  constructor(server: Partial<LongTermServerConfig> = {}, client: { username?: string; password?: string } = {}) {
    this.server = new LongTermServer({ realm: REALM, users: usersOf({ alice: 'secret' }), ...server }, seededSecure(1));
    this.client = new LongTermClient({ username: 'alice', password: 'secret', ...client });
    this.source.set('192.0.2.7', 4711);
  }

  /** A request as the client would send it now. */
  request(): { readonly bytes: Uint8Array; readonly round: number } {
    const buffer = new Uint8Array(1200);
    this.#transactionId[0]++;
    this.#writer.begin(buffer, 0, 1200, StunClass.request, StunMethod.binding, this.#transactionId, 0);
    this.#writer.u32(AttributeType.lifetime, 600);
    const round = this.client.authenticate(this.#writer);
    this.#writer.fingerprint();
    return { bytes: buffer.slice(0, this.#writer.finish()), round };
  }

  /** The server's answer to these bytes. */
  answer(bytes: Uint8Array): { readonly code: number; readonly bytes: Uint8Array } {
    const buffer = new Uint8Array(1200);
    if (this.reader.parse(bytes, 0, bytes.length) !== 0) return { code: -1, bytes: buffer.slice(0, 0) };
    const code = this.server.check(this.now, this.reader, this.source);
    const cls = code === 0 ? StunClass.success : StunClass.error;
    this.#writer.begin(buffer, 0, 1200, cls, this.reader.method, bytes, this.reader.transactionIdOffset);
    if (code === 0) {
      this.#writer.xorMappedAddress(this.source);
      this.server.seal(this.#writer);
    } else {
      this.server.reject(this.now, this.#writer, this.source, code);
    }
    return { code, bytes: buffer.slice(0, this.#writer.finish()) };
  }

  /** What the client makes of a response. */
  take(bytes: Uint8Array, round: number): LongTermOutcome {
    if (this.reader.parse(bytes, 0, bytes.length) !== 0) return 'discard';
    return this.client.handleResponse(this.reader, round);
  }

  /** Requests until one is accepted or fails; the codes the server gave, then the outcome. */
  exchange(): (number | LongTermOutcome)[] {
    const seen: (number | LongTermOutcome)[] = [];
    for (;;) {
      const { bytes, round } = this.request();
      const answer = this.answer(bytes);
      seen.push(answer.code);
      const outcome = this.take(answer.bytes, round);
      if (outcome === 'retry') continue;
      seen.push(outcome);
      return seen;
    }
  }
}
