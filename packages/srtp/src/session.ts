import type { NamedMasterKey, ResolvedConfig } from './config.ts';
import { HeaderExtensions } from './header-extensions.ts';
import { KernelGcmTransform } from './kernel/gcm-transform.ts';
import { KernelHmacTransform } from './kernel/hmac-transform.ts';
import { openKernel } from './kernel/kernel.ts';
import { KeystreamCache } from './kernel/keystream.ts';
import { deriveKey, deriveSessionKeys, KeyLabel } from './key-derivation.ts';
import type { PacketTransform } from './packet.ts';
import { PlainGcmTransform } from './plain/gcm-transform.ts';
import { PlainHmacTransform } from './plain/hmac-transform.ts';
import { Tail } from './tail.ts';

/** What protects packets for as long as their session keys last. */
export interface Session {
  /** Packet index divided by the key derivation rate; 0 without one. */
  readonly r: number;
  readonly transform: PacketTransform;
  /** Undefined where no header extension is encrypted, and in SRTCP. */
  readonly extensions: HeaderExtensions | undefined;
}

/**
 * The sessions of one master key, for one kind of packets. Without a key derivation rate there is one; with it, each lasts so
 * many indices, and two are kept: packets come late, and streams are not equally far.
 */
export class Sessions {
  readonly tail: Tail;
  readonly #config: ResolvedConfig;
  readonly #kind: 'rtp' | 'rtcp';
  readonly #master: NamedMasterKey;
  #current: Session;
  #other: Session;

  constructor(config: ResolvedConfig, kind: 'rtp' | 'rtcp', master: NamedMasterKey) {
    this.#config = config;
    this.#kind = kind;
    this.#master = master;
    const tagBytes = kind === 'rtp' ? config.sizes.rtpTagBytes : config.sizes.rtcpTagBytes;
    this.tail = new Tail(kind, config.sizes.cipher, tagBytes, master.mki);
    this.#current = this.#derive(0);
    this.#other = this.#current;
  }

  /** The session that the packet with this index belongs to. */
  at(index: number): Session {
    const rate = this.#config.keyDerivationRate;
    if (rate === 0) return this.#current;
    const r = Math.floor(index / rate);
    if (this.#current.r === r) return this.#current;
    const session = this.#other.r === r ? this.#other : this.#derive(r);
    this.#other = this.#current;
    this.#current = session;
    return session;
  }

  #derive(r: number): Session {
    const { crypto, encryptedExtensions, sizes } = this.#config;
    const { key, salt } = this.#master;
    let extensions: HeaderExtensions | undefined;
    if (this.#kind === 'rtp' && encryptedExtensions.length > 0 && sizes.cipher !== 'null') {
      const headerKey = deriveKey(crypto, key, salt, KeyLabel.headerEncryption, sizes.keyBytes, r);
      const headerSalt = deriveKey(crypto, key, salt, KeyLabel.headerSalt, sizes.saltBytes, r);
      extensions = new HeaderExtensions(crypto.counterMode(headerKey), headerSalt, encryptedExtensions);
    }
    return { r, transform: this.#transform(r), extensions };
  }

  #transform(r: number): PacketTransform {
    const { crypto, sizes, useKernel } = this.#config;
    const { tail } = this;
    const kind = this.#kind;
    const keys = deriveSessionKeys(crypto, sizes, this.#master.key, this.#master.salt, kind, r);
    const plain =
      sizes.cipher === 'aes-gcm'
        ? new PlainGcmTransform(crypto, keys, tail, kind)
        : new PlainHmacTransform(crypto, keys, tail, sizes.cipher !== 'null');
    const cache = useKernel && sizes.cipher !== 'null' ? keystreamCache() : undefined;
    if (cache === undefined) return plain;
    return sizes.cipher === 'aes-gcm'
      ? new KernelGcmTransform(cache, keys, tail, kind, plain)
      : new KernelHmacTransform(cache, keys, tail, plain);
  }
}

let shared: KeystreamCache | undefined;

/** One for all contexts of a thread, as the kernels' memory is. */
function keystreamCache(): KeystreamCache | undefined {
  const kernel = openKernel();
  if (shared === undefined && kernel !== undefined) shared = new KeystreamCache(kernel);
  return shared;
}
