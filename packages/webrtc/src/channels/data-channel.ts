import type { ChannelId, ChannelOptions } from '../session.ts';

/** RTCDataChannelState. */
export type DataChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/**
 * Names a data channel, from before the association exists until after it is closed. Messages go by
 * `PeerConnectionMachine.send` and `pollMessage`.
 */
export class DataChannel {
  readonly label: string;
  readonly protocol: string;
  readonly options: ChannelOptions;
  /** Whether the peer opened it. */
  readonly incoming: boolean;
  /** SCTP stream id; undefined until the association chose it. */
  id: ChannelId | undefined = undefined;
  state: DataChannelState = 'connecting';
  /** The threshold of `buffered-amount-low`, bytes; kept until the channel has an association. */
  bufferedAmountLowThreshold = 0;
  /** A message that is being sent in parts has no end yet; its kind. */
  sendsParts = false;
  partsAreBinary = true;

  constructor(options: ChannelOptions, incoming: boolean) {
    this.label = options.label;
    this.protocol = options.protocol ?? '';
    this.options = options;
    this.incoming = incoming;
  }
}
