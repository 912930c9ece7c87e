import type { StunReader } from './reader.ts';
import { ErrorCode } from './registry.ts';
import type { StunWriter } from './writer.ts';

/**
 * Writes ERROR-CODE 420 and UNKNOWN-ATTRIBUTES: the body of the answer to a request with comprehension-required attributes
 * that nobody here understands (RFC 8489 6.3.1). Behind it go the integrity attributes, where the request was authentic:
 * the authentication comes before this check (RFC 8489 6.3).
 *
 * @param reader holds the request; its `unknownRequiredCount` is above 0
 * @param reason empty by default: nothing is gained by making an answer longer than what it answers
 */
export function rejectUnknownAttributes(
  writer: StunWriter,
  reader: Pick<StunReader, 'unknownRequired' | 'unknownRequiredCount'>,
  reason = '',
): void {
  writer.errorCode(ErrorCode.unknownAttribute, reason);
  writer.unknownAttributes(reader.unknownRequired, reader.unknownRequiredCount);
}
