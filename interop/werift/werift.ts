import type { ChannelInit } from '../exchange/side.js';

/** What is used of werift's exports; the package itself is only there after `bench/peers/setup`. */
export interface Werift {
  readonly RTCPeerConnection: new (config: WeriftConfig) => WeriftConnection;
}

export interface WeriftConfig {
  readonly iceServers: readonly { readonly urls: string }[];
  /** Seconds that it waits for a STUN server. */
  readonly iceStunGatherTimeout: number;
  readonly iceAdditionalHostAddresses?: readonly string[];
}

export interface WeriftConnection {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: { readonly sdp: string } | null;
  ondatachannel: ((event: { readonly channel: WeriftChannel }) => void) | null;
  onconnectionstatechange: (() => void) | null;
  createDataChannel(label: string, options?: ChannelInit): WeriftChannel;
  createOffer(): Promise<{ readonly type: 'offer'; readonly sdp: string }>;
  createAnswer(): Promise<{ readonly type: 'answer'; readonly sdp: string }>;
  setLocalDescription(description: { readonly type: 'offer' | 'answer'; readonly sdp: string }): Promise<unknown>;
  setRemoteDescription(description: { readonly type: 'offer' | 'answer'; readonly sdp: string }): Promise<unknown>;
  close(): Promise<void>;
}

export interface WeriftChannel {
  readonly label: string;
  readonly id: number;
  readonly readyState: string;
  readonly bufferedAmount: number;
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (event: { readonly data: string | Buffer }) => void;
  send(data: string | Uint8Array): void;
  close(): void;
}
