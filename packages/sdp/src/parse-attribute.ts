import { parseRtcp } from './attributes/address.ts';
import { parseCandidate } from './attributes/candidate.ts';
import { parseExtmap } from './attributes/extmap.ts';
import { parseFingerprint } from './attributes/fingerprint.ts';
import { parseGroup, parseMsid, parseMsidSemantic } from './attributes/group.ts';
import { parseRid } from './attributes/rid.ts';
import { parseFmtp, parseRtcpFeedback, parseRtpmap } from './attributes/rtp.ts';
import { parseSctpmap } from './attributes/sctp.ts';
import { parseSimulcast } from './attributes/simulcast.ts';
import { parseSsrc, parseSsrcGroup } from './attributes/source.ts';
import type { CommonAttributes, Description, MediaSection, Setup } from './model.ts';
import { isDigits, isIceChars, isToken, parseUnsigned, splitFields } from './text.ts';

/** What reading one attribute answers: nothing wrong, or which rule it breaks. */
export type AttributeProblem = 'malformed' | 'duplicate' | undefined;

/**
 * Puts one `a=` line of a media section where it belongs. A name without a field, or one that means nothing at this
 * level, is kept in `attributes`.
 */
export function readMediaAttribute(media: MediaSection, name: string, value: string | undefined): AttributeProblem {
  if (value === undefined) return readMediaFlag(media, name);
  switch (name) {
    case 'rtcp-fb':
      return append(media.rtcpFeedback, parseRtcpFeedback(value));
    case 'rtpmap':
      return append(media.rtpmaps, parseRtpmap(value));
    case 'fmtp':
      return append(media.fmtps, parseFmtp(value));
    case 'candidate':
      return readCandidate(media, value);
    case 'ssrc':
      return append(media.ssrcs, parseSsrc(value));
    case 'ssrc-group':
      return append(media.ssrcGroups, parseSsrcGroup(value));
    case 'mid':
      return once(media, 'mid', isToken(value) ? value : undefined);
    case 'msid':
      return append(media.msids, parseMsid(value));
    case 'rtcp': {
      const rtcp = parseRtcp(value);
      if (media.rtcp !== undefined && rtcp !== undefined) return 'duplicate';
      media.rtcp = rtcp;
      return rtcp === undefined ? 'malformed' : undefined;
    }
    case 'rid':
      return append(media.rids, parseRid(value));
    case 'simulcast': {
      const simulcast = parseSimulcast(value);
      if (media.simulcast !== undefined && simulcast !== undefined) return 'duplicate';
      media.simulcast = simulcast;
      return simulcast === undefined ? 'malformed' : undefined;
    }
    case 'sctp-port':
      return once(media, 'sctpPort', positive(parseUnsigned(value, 65_535)));
    case 'max-message-size':
      return once(
        media,
        'maxMessageSizeBytes',
        isDigits(value) ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : undefined,
      );
    case 'sctpmap':
      return append(media.sctpmaps, parseSctpmap(value));
    default:
      return readCommonAttribute(media, name, value);
  }
}

/** Puts one `a=` line before the first `m=` where it belongs. */
export function readSessionAttribute(
  description: Description,
  name: string,
  value: string | undefined,
): AttributeProblem {
  if (value === undefined) {
    if (name !== 'ice-lite') return readCommonFlag(description, name);
    description.iceLite = true;
    return undefined;
  }
  switch (name) {
    case 'group':
      return append(description.groups, parseGroup(value));
    case 'msid-semantic': {
      const semantic = parseMsidSemantic(value);
      if (description.msidSemantic !== undefined && semantic !== undefined) return 'duplicate';
      description.msidSemantic = semantic;
      return semantic === undefined ? 'malformed' : undefined;
    }
    case 'hawser':
      return once(description, 'hawser', positive(parseUnsigned(value, 65_535)));
    default:
      return readCommonAttribute(description, name, value);
  }
}

function readMediaFlag(media: MediaSection, name: string): AttributeProblem {
  switch (name) {
    case 'rtcp-mux':
      media.rtcpMux = true;
      return undefined;
    case 'rtcp-mux-only':
      media.rtcpMuxOnly = true;
      return undefined;
    case 'rtcp-rsize':
      media.rtcpRsize = true;
      return undefined;
    case 'bundle-only':
      media.bundleOnly = true;
      return undefined;
    default:
      return readCommonFlag(media, name);
  }
}

function readCommonFlag(section: CommonAttributes, name: string): AttributeProblem {
  switch (name) {
    case 'sendrecv':
    case 'sendonly':
    case 'recvonly':
    case 'inactive':
      return once(section, 'direction', name);
    case 'end-of-candidates':
      section.endOfCandidates = true;
      return undefined;
    case 'extmap-allow-mixed':
      section.extmapAllowMixed = true;
      return undefined;
    default:
      // These have no meaning without a value; a name that is merely unknown is kept.
      if (NEEDS_VALUE.has(name)) return 'malformed';
      section.attributes.push({ name, value: undefined });
      return undefined;
  }
}

function readCommonAttribute(section: CommonAttributes, name: string, value: string): AttributeProblem {
  switch (name) {
    case 'extmap':
      return append(section.extmaps, parseExtmap(value));
    case 'ice-ufrag':
      return once(section, 'iceUfrag', isIceChars(value, 4, 256) ? value : undefined);
    case 'ice-pwd':
      return once(section, 'icePwd', isIceChars(value, 22, 256) ? value : undefined);
    case 'ice-options': {
      const options = splitFields(value);
      if (!options.every(isToken)) return 'malformed';
      for (const option of options) if (!section.iceOptions.includes(option)) section.iceOptions.push(option);
      return undefined;
    }
    case 'fingerprint':
      return append(section.fingerprints, parseFingerprint(value));
    case 'setup':
      return once(section, 'setup', SETUPS.has(value) ? (value as Setup) : undefined);
    case 'tls-id':
      return once(section, 'tlsId', isToken(value) ? value : undefined);
    default:
      section.attributes.push({ name, value });
      return undefined;
  }
}

/** A candidate of an unknown transport or type is ignored (RFC 8839 5.1): it stays among the unknown attributes. */
function readCandidate(media: MediaSection, value: string): AttributeProblem {
  const result = parseCandidate(value);
  if (result.ok) media.candidates.push(result.candidate);
  else if (result.reason === 'unsupported-candidate') media.attributes.push({ name: 'candidate', value });
  else return 'malformed';
  return undefined;
}

function append<T>(list: T[], value: T | undefined): AttributeProblem {
  if (value === undefined) return 'malformed';
  list.push(value);
  return undefined;
}

/** An attribute that may stand once. The same value twice is harmless; another one leaves no way to tell which counts. */
function once<S, K extends keyof S>(section: S, key: K, value: S[K] | undefined): AttributeProblem {
  if (value === undefined) return 'malformed';
  const known = section[key];
  if (known !== undefined && known !== value) return 'duplicate';
  section[key] = value;
  return undefined;
}

function positive(value: number): number | undefined {
  return value < 0 ? undefined : value;
}

const SETUPS: ReadonlySet<string> = new Set(['actpass', 'active', 'passive', 'holdconn']);
const NEEDS_VALUE: ReadonlySet<string> = new Set([
  'candidate',
  'extmap',
  'fingerprint',
  'fmtp',
  'group',
  'ice-options',
  'ice-pwd',
  'ice-ufrag',
  'max-message-size',
  'mid',
  'msid',
  'rid',
  'rtcp-fb',
  'rtpmap',
  'sctp-port',
  'sctpmap',
  'setup',
  'simulcast',
  'ssrc',
  'ssrc-group',
  'tls-id',
]);
