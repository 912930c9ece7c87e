/** An address and a port in text, as events carry them. */
export interface AddressAndPort {
  readonly address: string;
  readonly port: number;
}

/** Why an allocation could not be had, or is gone. */
export type TurnFailure =
  /** No answer (RFC 8489 6.2.1), or none that was authentic. */
  | 'timeout'
  /** 401 although we authenticated, or a server that asks for what we cannot do. */
  | 'unauthorized'
  /** 403. */
  | 'forbidden'
  /** 437: the 5-tuple is in use, or at a refresh the allocation is gone. Try from another local port (RFC 8656 7.4). */
  | 'allocation-mismatch'
  /** 440, 442, 443: not what this server does. */
  | 'unsupported'
  /** 486 or 508: wait at least a minute (RFC 8656 7.4). */
  | 'no-capacity'
  /** 300 with an ALTERNATE-SERVER: see `alternate`. */
  | 'try-alternate'
  /** Any other error code, or a success that cannot be right. */
  | 'rejected'
  /** A response over a stream that was not authentic (RFC 8489 9.2.5). */
  | 'integrity-violated';

export type TurnClientEvent =
  | {
      /** The allocation is there. */
      readonly type: 'allocated';
      /** One relayed transport address, or two of a dual allocation. */
      readonly relayed: readonly AddressAndPort[];
      /** Our server-reflexive address (XOR-MAPPED-ADDRESS). */
      readonly mapped: AddressAndPort | undefined;
      readonly lifetimeSeconds: number;
      /** 8 bytes for the client that wants the next port, where reserved. */
      readonly reservationToken: Uint8Array | undefined;
      /** Error code for the family that could not be had of a dual allocation (ADDRESS-ERROR-CODE), or 0. */
      readonly addressErrorCode: number;
    }
  /** A permission is installed for the first time. Refreshes are silent. */
  | { readonly type: 'permitted'; readonly address: string }
  /** The server refuses the permission, or it ran out; nothing can be sent to the address. `code` 0: no answer. */
  | { readonly type: 'permission-failed'; readonly address: string; readonly code: number }
  /** A channel is bound for the first time: `wrap` uses it from now on. */
  | { readonly type: 'bound'; readonly peer: AddressAndPort; readonly channel: number }
  | { readonly type: 'bind-failed'; readonly peer: AddressAndPort; readonly channel: number; readonly code: number }
  /** The server passes on an ICMP error about a packet of ours (RFC 8656 11.6). Not authenticated. */
  | { readonly type: 'icmp'; readonly peer: AddressAndPort; readonly icmpType: number; readonly icmpCode: number }
  /** There is no allocation any more, or never was. Nothing follows. `code` is the error code, or 0. */
  | {
      readonly type: 'failed';
      readonly reason: TurnFailure;
      readonly code: number;
      /** Where the server would have us go. Not authenticated unless our request was. */
      readonly alternate: AddressAndPort | undefined;
    }
  /** The allocation was given back, as asked. Nothing follows. */
  | { readonly type: 'released' };
