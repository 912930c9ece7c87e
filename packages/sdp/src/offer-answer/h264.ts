/**
 * H.264 `profile-level-id` rules, RFC 6184 8.1 and 8.2.2: profiles must be equal, levels may differ.
 */

/** Profile as `<profile_idc>/<meaning of the constraint flags>`, so that equal profiles compare equal; undefined = malformed. */
export function h264Profile(profileLevelId: string): string | undefined {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return undefined;
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const iop = Number.parseInt(profileLevelId.slice(2, 4), 16);
  for (const [name, wantedIdc, mask, bits] of PROFILES) if (idc === wantedIdc && (iop & mask) === bits) return name;
  return `${idc}/${iop}`;
}

/** `level_idc`, with level 1b as 9 (RFC 6184 8.1: level 11 with constraint_set3_flag where that flag means so). */
export function h264Level(profileLevelId: string): number {
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const iop = Number.parseInt(profileLevelId.slice(2, 4), 16);
  const level = Number.parseInt(profileLevelId.slice(4, 6), 16);
  const isLevel1b = level === 11 && (iop & 0x10) !== 0 && (idc === 0x42 || idc === 0x4d || idc === 0x58);
  return isLevel1b ? 9 : level;
}

/** The `profile-level-id` to answer with when levels must agree: ours, at the lower of the two levels. */
export function lowerLevel(ours: string, theirs: string): string {
  return h264Level(theirs) < h264Level(ours) ? theirs : ours;
}

/** Baseline, level 1: what an absent parameter means (RFC 6184 8.1). */
export const DEFAULT_PROFILE_LEVEL_ID = '42000a';

/** RFC 6184 table 5: name, profile_idc, which bits of profile-iop count, and what they must be. */
const PROFILES: readonly (readonly [string, number, number, number])[] = [
  ['constrained-baseline', 0x42, 0x4f, 0x40],
  ['constrained-baseline', 0x4d, 0x8f, 0x80],
  ['constrained-baseline', 0x58, 0xcf, 0xc0],
  ['baseline', 0x42, 0x4f, 0x00],
  ['baseline', 0x58, 0xcf, 0x80],
  ['main', 0x4d, 0xaf, 0x00],
  ['extended', 0x58, 0xcf, 0x00],
  ['high', 0x64, 0xff, 0x00],
  ['constrained-high', 0x64, 0xff, 0x0c],
  ['high-10', 0x6e, 0xff, 0x00],
  ['high-4:2:2', 0x7a, 0xff, 0x00],
  ['high-4:4:4', 0xf4, 0xff, 0x00],
  ['high-10-intra', 0x6e, 0xff, 0x10],
  ['high-4:2:2-intra', 0x7a, 0xff, 0x10],
  ['high-4:4:4-intra', 0xf4, 0xff, 0x10],
  ['cavlc-4:4:4-intra', 0x2c, 0xff, 0x10],
];
