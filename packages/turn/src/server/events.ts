import type { BaseId, FlowId } from '@hawser/wire';

export type TurnServerEvent =
  | {
      /** A socket for a relayed address is wanted: answer with `addRelay` or `relayFailed`, within 5 s. */
      readonly type: 'need-relay';
      readonly id: number;
      readonly family: 'ipv4' | 'ipv6';
      /**
       * `even`: an even port; `even-and-next`: an even port and the one above it, both (RFC 8656 7.2). A port that is not
       * foreseeable, from 49 152 to 65 535, by recommendation.
       */
      readonly port: 'any' | 'even' | 'even-and-next';
    }
  /** The socket of this base is not wanted any more: close it. Its flows are forgotten already. */
  | { readonly type: 'release-relay'; readonly base: BaseId }
  | {
      readonly type: 'allocated';
      readonly client: FlowId;
      readonly username: string;
      readonly relayed: readonly { readonly address: string; readonly port: number }[];
    }
  | {
      readonly type: 'deallocated';
      readonly client: FlowId;
      readonly username: string;
      readonly reason: 'released' | 'expired' | 'disconnected' | 'closed';
      /** Payload relayed, both ways. */
      readonly bytesToPeers: number;
      readonly bytesToClient: number;
    };
