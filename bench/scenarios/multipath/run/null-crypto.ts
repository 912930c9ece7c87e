import { type Aead, type DtlsCrypto, deterministicCrypto } from '@hawser/dtls';

const TAG_BYTES = 16;

/** An AEAD that encrypts nothing, of the same lengths: cryptography is not what these scenarios measure. */
class NullAead implements Aead {
  seal(_nonce: Uint8Array, _aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    buffer.fill(0, offset + length, offset + length + TAG_BYTES);
  }

  open(): boolean {
    return true;
  }
}

/** The true handshake, and records in the clear. */
export const nullCrypto: DtlsCrypto = { ...deterministicCrypto, createAead: () => new NullAead() };
