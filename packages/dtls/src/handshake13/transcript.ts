import { HandshakeType } from '../handshake/messages/header.ts';

/** Bytes before a message in the transcript: type and length, as TLS has them (RFC 9147 5.2). */
const HEADER_LENGTH = 4;

/**
 * All handshake messages of a connection without the fields that DTLS adds (RFC 9147 5.2). Kept as bytes: the hash is known
 * later than the first message, and is wanted at several places of one handshake of a few kilobytes.
 */
export class Transcript13 {
  #bytes = new Uint8Array(4096);
  #length = 0;

  append(type: number, body: Uint8Array): void {
    const end = this.#length + HEADER_LENGTH + body.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const bytes = this.#bytes;
    bytes[this.#length] = type;
    bytes[this.#length + 1] = body.length >>> 16;
    bytes[this.#length + 2] = body.length >>> 8;
    bytes[this.#length + 3] = body.length;
    bytes.set(body, this.#length + HEADER_LENGTH);
    this.#length = end;
  }

  /** A first ClientHello that was answered by HelloRetryRequest counts as its hash alone (RFC 8446 4.4.1). */
  startFromHash(hash: Uint8Array): void {
    this.#length = 0;
    this.append(HandshakeType.messageHash, hash);
  }

  /** What was appended so far. Valid until the next `append`. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets everything. */
  reset(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
