/** A packet in the network. Addresses are text, compared as it stands: always use the canonical spelling. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** What a send answers, in the words of an operating system. `sent` says nothing about arrival. */
export type SendStatus = 'sent' | 'ENETUNREACH' | 'EHOSTUNREACH' | 'EBADF';
