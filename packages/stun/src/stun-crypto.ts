/**
 * What long-term credentials need beyond `@hawser/wire`. Handed in by configuration; the default is `nodeCrypto`.
 */
export interface StunCrypto {
  /** The 16 bytes of the MD5 digest (RFC 1321) of `bytes`. Only keys are made with it (RFC 8489 9.2.2). */
  md5(bytes: Uint8Array): Uint8Array;
}
