import { AttributeType, LongTermClient, StunClass, StunReader, StunWriter } from '@hawser/stun';
import { createSlot, FlowTable } from '@hawser/wire';
import { type ListenerOptions, TurnServer, type TurnServerConfig, type TurnServerEvent } from '../../src/index.ts';
import { SERVER, USER } from './relay-world.ts';

let drawn = 0;

/** Different bytes at every call: enough for tests, and nothing more. */
export const drawing = {
  fillSecure: (out: Uint8Array, offset: number, length: number): void => {
    drawn += 1;
    for (let i = 0; i < length; i++) out[offset + i] = drawn >> (8 * (i % 3));
  },
};

/** A client that says what it is told to, also what no honest one would, to a server whose sockets are there at once. */
export class RawClient {
  readonly flows: FlowTable;
  readonly server: TurnServer;
  readonly flow: number;
  /** The last request. */
  asked: Uint8Array = new Uint8Array(0);
  /** The last response. */
  readonly reader = new StunReader([]);
  readonly events: TurnServerEvent[] = [];
  readonly #login = new LongTermClient(USER);
  readonly #writer = new StunWriter();
  readonly #slot = createSlot();
  #base = 10;

  constructor(config: Partial<TurnServerConfig> = {}, listener: Partial<ListenerOptions> = {}) {
    const env = { now: 0, unixMs: 0, secure: drawing, jitter: { nextUnit: () => 0 } };
    this.flows = config.flows ?? new FlowTable();
    const users = { [USER.username]: USER.password };
    this.server = new TurnServer({ flows: this.flows, realm: 'r', users, families: ['ipv4', 'ipv6'], ...config }, env);
    this.server.addListener(0, { base: 1, address: SERVER.ipv4, ...listener });
    this.flow = this.flows.intern(1, '203.0.113.5', 4000);
  }

  /**
   * The code that the request is answered with, 0 for success, -1 for no answer. Challenges are followed, and what is not
   * answered is sent again: to strangers the server sends no more than came from them.
   */
  ask(method: number, write: (writer: StunWriter) => void, now = 0): number {
    for (let tried = 0; tried < 3; tried++) {
      const bytes = new Uint8Array(600);
      const id = new Uint8Array(12);
      drawing.fillSecure(id, 0, 12);
      const writer = this.#writer.begin(bytes, 0, bytes.length, StunClass.request, method, id, 0);
      write(writer);
      const round = this.#login.authenticate(writer);
      this.asked = bytes.slice(0, writer.finish());
      let isAnswered = false;
      for (let copies = 0; copies < 5 && !isAnswered; copies++) {
        this.server.handleDatagram(now, this.flow, this.asked, 0, this.asked.length);
        this.#giveSockets(now);
        isAnswered = this.server.pollTransmit(now, this.#slot);
      }
      if (!isAnswered) return -1;
      this.reader.parse(this.#slot.buffer, this.#slot.offset, this.#slot.length);
      const code = this.reader.find(AttributeType.errorCode) ? this.reader.errorCode() : 0;
      const outcome = this.#login.handleResponse(this.reader, round);
      if (outcome === 'accept') return code;
      if (outcome !== 'retry') throw new Error(`${code} was not authentic`);
    }
    return -1;
  }

  #giveSockets(now: number): void {
    for (let event = this.server.pollEvent(); event !== undefined; event = this.server.pollEvent()) {
      this.events.push(event);
      if (event.type !== 'need-relay') continue;
      const base = this.#base++;
      const next = event.port === 'even-and-next' ? { next: { base: this.#base++, port: 50_001 } } : {};
      this.server.addRelay(now, event.id, { base, address: SERVER[event.family], port: 50_000, ...next });
    }
  }
}
