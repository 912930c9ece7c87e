import type { ClientHello } from './messages/client-hello.ts';
import type { HandshakeMessage } from './messages/header.ts';
import type { Reassembly } from './reassembly.ts';

/**
 * A handshake that passes from one version of DTLS to the other, because the hello that came says so: a ClientHello to a
 * server, a ServerHello or HelloVerifyRequest to a client. One version begins, since neither side knows yet.
 */
export interface Handover {
  /** What has arrived; goes on behind `message`. */
  readonly reassembly: Reassembly;
  /** The message that decided, still to be acted on. */
  readonly message: HandshakeMessage;
  /** The next record number of epoch 0: one sequence for both. */
  readonly nextRecordNumber: number;
  /** Server: the secret of its cookies, 32 bytes: one given out before is good whatever version a stranger's hello asked for since. */
  readonly cookieSecret?: Uint8Array;
  /** Client: the hello it sent, and that hello as it stood on the wire. */
  readonly sentHello?: { readonly hello: ClientHello; readonly body: Uint8Array };
}
