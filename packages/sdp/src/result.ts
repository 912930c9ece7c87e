import type { Description } from './model.ts';

/**
 * Why a description or a candidate was refused.
 *
 * | code | meaning |
 * |---|---|
 * | `too-long` | more text, lines or media sections than {@link ParseLimits} allow |
 * | `bad-line` | not `<lower-case letter>=<value>` |
 * | `bad-character` | NUL, or a carriage return inside a line |
 * | `bad-order` | a line type that may not stand here, or stands here twice |
 * | `missing-line` | `v=`, `o=`, `s=` or `t=` is not there |
 * | `bad-version`, `bad-origin`, `bad-connection`, `bad-bandwidth`, `bad-timing`, `bad-media` | that line breaks its grammar |
 * | `bad-attribute` | an attribute this package knows breaks its grammar |
 * | `duplicate-attribute` | an attribute that may stand once stands twice with different values, or two sections share a mid |
 * | `unsupported-candidate` | a well-formed candidate of an unknown transport or type (RFC 8839 5.1: ignore it) |
 */
export type ParseFailureReason =
  | 'too-long'
  | 'bad-line'
  | 'bad-character'
  | 'bad-order'
  | 'missing-line'
  | 'bad-version'
  | 'bad-origin'
  | 'bad-connection'
  | 'bad-bandwidth'
  | 'bad-timing'
  | 'bad-media'
  | 'bad-attribute'
  | 'duplicate-attribute'
  | 'unsupported-candidate';

/** A refusal: the first line at fault, counted from 1, and why. `message` is for people and may change. */
export interface ParseFailure {
  readonly ok: false;
  readonly line: number;
  readonly reason: ParseFailureReason;
  readonly message: string;
}

/** What `parseDescription` answers. */
export type ParseResult = { readonly ok: true; readonly description: Description } | ParseFailure;

/** Builds a refusal. */
export function refuse(line: number, reason: ParseFailureReason, message: string): ParseFailure {
  return { ok: false, line, reason, message };
}
