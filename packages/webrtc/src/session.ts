import type { MultipathSession } from '@hawser/multipath';

/** What a peer connection needs of its transport: the part of `MultipathSession` that is used here. */
export type TransportSession = Pick<
  MultipathSession,
  | 'flows'
  | 'iceParameters'
  | 'fingerprint'
  | 'isHawserPeer'
  | 'setRole'
  | 'addServer'
  | 'addBase'
  | 'setBaseStatus'
  | 'removeBase'
  | 'setBaseEgress'
  | 'setFlowWritable'
  | 'baseFailed'
  | 'endOfLocalCandidates'
  | 'setRemote'
  | 'restartIce'
  | 'cancelIceRestart'
  | 'addRemoteCandidate'
  | 'endOfRemoteCandidates'
  | 'handleDatagram'
  | 'handleTimeout'
  | 'handleSendError'
  | 'pollTransmit'
  | 'pollEvent'
  | 'pollTimeout'
  | 'openChannel'
  | 'send'
  | 'parts'
  | 'closeChannel'
  | 'pollMessage'
  | 'bufferedAmount'
  | 'setBufferedAmountLowThreshold'
  | 'channelInfo'
  | 'sendRtp'
  | 'sendRtcp'
  | 'pollRtp'
  | 'enableMultipath'
  | 'steer'
  | 'getMultipathStats'
  | 'close'
>;

type Arguments<Method extends keyof TransportSession> = TransportSession[Method] extends (...args: infer A) => unknown
  ? A
  : never;

/** A candidate as the ICE agent has it. */
export type IceCandidate = Arguments<'addRemoteCandidate'>[1];
/** A STUN or TURN server. */
export type IceServer = Arguments<'addServer'>[1];
/** What a socket is wanted for. */
export type PathStatus = Arguments<'setBaseStatus'>[2];
/** A socket of the runtime. */
export type BaseOptions = Arguments<'addBase'>[1];
/** Options of a data channel. */
export type ChannelOptions = Arguments<'openChannel'>[1];
/** A data channel of the association. */
export type ChannelId = ReturnType<TransportSession['openChannel']>;
/** What is known of a data channel. */
export type ChannelInfo = ReturnType<TransportSession['channelInfo']>;
/** What became of a packet or message to send. */
export type SendStatus = ReturnType<TransportSession['send']>;
/** A received message, borrowed. */
export type Message = Arguments<'pollMessage'>[0];
/** What the peer's description says. */
export type RemoteParameters = Arguments<'setRemote'>[1];

/** Of `SendStatus`. */
export const QUEUED: SendStatus = 0;
export const CLOSED: SendStatus = 3;
export const ABANDONED: SendStatus = 4;
