import { StunClass, StunMethod, StunWriter, shortTermKey } from '@hawser/stun';

/** What a forger puts into a Binding message. */
export interface Forgery {
  readonly cls?: 'request' | 'success';
  readonly id?: Uint8Array;
  readonly username?: string;
  /** Absent: no MESSAGE-INTEGRITY. */
  readonly password?: string;
  /** HAWSER of a path, version 1: 0 available, 1 standby, 2 going away. */
  readonly status?: number;
  readonly useCandidate?: boolean;
}

const writer = new StunWriter();
let ids = 0;

/** A Binding message as anybody could write it who saw the names and not the passwords. */
export function forge({ cls = 'request', id, username, password, status, useCandidate }: Forgery): Uint8Array {
  const buffer = new Uint8Array(300);
  const transaction = id ?? new Uint8Array(12).fill(++ids & 0xff);
  const kind = cls === 'request' ? StunClass.request : StunClass.success;
  writer.begin(buffer, 0, buffer.length, kind, StunMethod.binding, transaction, 0);
  if (username !== undefined) writer.username(username);
  if (cls === 'request') {
    writer.priority(2_000_000_000);
    writer.iceControlled(1, 2);
  }
  if (useCandidate) writer.useCandidate();
  if (status !== undefined) writer.hawser(Uint8Array.of(1, status, 0, 0, 0, 0, 0, 0));
  if (password !== undefined) writer.integrity(shortTermKey(password));
  writer.fingerprint();
  return buffer.slice(0, writer.finish());
}
