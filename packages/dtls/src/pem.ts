/** Textual encoding of keys and certificates, RFC 7468. */
import { DtlsError } from './errors.ts';

declare const atob: (base64: string) => string;
declare const btoa: (binary: string) => string;

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  readonly der: Uint8Array;
}

/** Columns of base64 (RFC 7468 2). */
const LINE_LENGTH = 64;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * The blocks of a text, in order; what stands between them is explanatory (RFC 7468 5.2).
 *
 * Errors: `bad-config` for base64 that is none.
 */
export function parsePem(text: string): PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ([, label, base64]) => ({ label, der: fromBase64(base64) }));
}

/** One block, with a line break at its end. */
export function writePem({ label, der }: PemBlock): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''));
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function fromBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, '')), (character) => character.charCodeAt(0));
  } catch {
    throw new DtlsError('bad-config', 'PEM: not base64');
  }
}
