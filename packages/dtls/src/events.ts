import type { DtlsError } from './errors.ts';

/** What a {@link DtlsConnection} tells its owner. Each arrives at most once; nothing follows `closed` or `error`. */
export type DtlsEvent =
  /** The handshake is complete and the peer's certificate has the signalled fingerprint. Profile: RFC 5764 4.1.2. */
  | { readonly type: 'connected'; readonly srtpProfile: number | undefined }
  /** One side sent close_notify. */
  | { readonly type: 'closed' }
  /** The handshake or the connection failed; `error.code` says why. */
  | { readonly type: 'error'; readonly error: DtlsError };
