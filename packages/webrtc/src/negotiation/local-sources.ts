import type { LocalSources, LocalTransport, Origin, SsrcAttribute } from '@hawser/sdp';
import { toSdpCandidate } from '../candidates.ts';
import type { Context } from '../context.ts';
import type { Transceiver } from '../media/transceiver.ts';

/** `o=` of the next description: the version rises with each (RFC 8829 5.2.1). */
export function nextOrigin(context: Context): Origin {
  return {
    username: '-',
    sessionId: context.sessionId,
    sessionVersion: `${++context.sessionVersion}`,
    netType: 'IN',
    addressType: 'IP4',
    address: '127.0.0.1',
  };
}

/** Our one transport, with the candidates known by now. */
export function localTransport(context: Context): LocalTransport {
  const { session, config } = context;
  const { ufrag, pwd } = session.iceParameters;
  return {
    iceUfrag: ufrag,
    icePwd: pwd,
    iceOptions: config.iceOptions,
    fingerprints: [{ ...session.fingerprint }],
    candidates: context.localCandidates.map((candidate) => toSdpCandidate(candidate, ufrag)),
    endOfCandidates: context.isLocalEnd,
  };
}

/** What a transceiver sends, as sections tell it (RFC 8830, RFC 5576, RFC 4588 8.8). */
export function sourcesOf(transceiver: Transceiver, cname: string): LocalSources {
  const { ssrc, rtxSsrc, trackId } = transceiver;
  const streams = transceiver.streams.length === 0 ? ['-'] : transceiver.streams;
  const ssrcs: SsrcAttribute[] = [];
  for (const source of rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc]) {
    ssrcs.push({ ssrc: source, name: 'cname', value: cname });
    ssrcs.push({ ssrc: source, name: 'msid', value: `${streams[0]} ${trackId}` });
  }
  return {
    msids: streams.map((stream) => ({ stream, track: trackId })),
    ssrcs,
    ssrcGroups: rtxSsrc === undefined ? [] : [{ semantics: 'FID', ssrcs: [ssrc, rtxSsrc] }],
  };
}
