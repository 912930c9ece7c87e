import { parseParameters } from '../attributes/rtp.ts';
import type { Codec } from './codec.ts';
import { DEFAULT_PROFILE_LEVEL_ID, h264Profile, lowerLevel } from './h264.ts';

/**
 * Whether two formats are the same codec: name, clock rate and channels (RFC 3264 6.1), and the parameters that choose a
 * bit-stream rather than describe a wish: H.264 profile and packetisation mode (RFC 6184 8.2.2), VP9 `profile-id`
 * (RFC 9628 6), AV1 profile and tier.
 */
export function isSameCodec(a: Codec, b: Codec): boolean {
  const name = a.name.toLowerCase();
  if (name !== b.name.toLowerCase() || a.clockRateHz !== b.clockRateHz || a.channels !== b.channels) return false;
  if (name !== 'h264') {
    const keys = DECIDING_PARAMETERS.get(name);
    if (keys === undefined) return true;
    const ofA = parseParameters(a.parameters);
    const ofB = parseParameters(b.parameters);
    return keys.every((key) => (ofA.get(key) ?? '0') === (ofB.get(key) ?? '0'));
  }
  const ofA = parseParameters(a.parameters);
  const ofB = parseParameters(b.parameters);
  if ((ofA.get('packetization-mode') ?? '0') !== (ofB.get('packetization-mode') ?? '0')) return false;
  const profile = h264Profile(ofA.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID);
  return profile !== undefined && profile === h264Profile(ofB.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID);
}

/**
 * The codecs of an answer: those of the offer that this side can do, in the order and with the payload types of the offer
 * (RFC 3264 6.1), with this side's parameters, the feedback both know, and `rtx` where both have it.
 */
export function intersectCodecs(offered: readonly Codec[], local: readonly Codec[]): Codec[] {
  const common: Codec[] = [];
  for (const theirs of offered) {
    const ours = local.find((codec) => isSameCodec(codec, theirs));
    if (ours === undefined) continue;
    const codec: Codec = {
      payloadType: theirs.payloadType,
      name: theirs.name,
      clockRateHz: theirs.clockRateHz,
      channels: theirs.channels,
      parameters: answeredParameters(ours, theirs),
      feedback: theirs.feedback.filter((value) => ours.feedback.includes(value)),
    };
    if (ours.rtxPayloadType !== undefined && theirs.rtxPayloadType !== undefined) {
      codec.rtxPayloadType = theirs.rtxPayloadType;
    }
    common.push(codec);
  }
  return common;
}

/** `fmtp` says what its sender wants to receive, so an answer carries ours; only H.264 levels may have to agree. */
function answeredParameters(ours: Codec, theirs: Codec): string {
  if (ours.name.toLowerCase() !== 'h264') return ours.parameters;
  const own = parseParameters(ours.parameters);
  const other = parseParameters(theirs.parameters);
  // RFC 6184 8.2.2: without level-asymmetry-allowed=1 on both sides the level is the same in both directions.
  const isAsymmetryAllowed = own.get('level-asymmetry-allowed') === '1' && other.get('level-asymmetry-allowed') === '1';
  if (isAsymmetryAllowed) return ours.parameters;
  const level = lowerLevel(
    own.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID,
    other.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID,
  );
  own.set('profile-level-id', level);
  return [...own].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(';');
}

/** Parameters that must be equal, `0` when absent. */
const DECIDING_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['vp9', ['profile-id']],
  ['av1', ['profile', 'tier']],
  ['h265', ['profile-id', 'tier-flag']],
]);
