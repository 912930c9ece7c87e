import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader } from './messages/header.ts';

/**
 * All handshake messages of a connection, each with its header as if it had been sent in one fragment (RFC 6347 4.2.6).
 * Kept as bytes, since CertificateVerify signs them and not their hash (RFC 5246 7.4.8); a handshake is a few kilobytes.
 */
export class Transcript {
  #bytes = new Uint8Array(4096);
  #length = 0;

  append(type: number, seq: number, body: Uint8Array): void {
    const end = this.#length + HANDSHAKE_HEADER_LENGTH + body.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    writeHandshakeHeader(this.#bytes, this.#length, type, body.length, seq, 0, body.length);
    this.#bytes.set(body, this.#length + HANDSHAKE_HEADER_LENGTH);
    this.#length = end;
  }

  /** What was appended so far. Valid until the next `append`. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was appended behind `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Forgets everything: after a HelloVerifyRequest (RFC 6347 4.2.1), and when the handshake is over. */
  reset(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
