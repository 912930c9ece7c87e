export { AnswerLedger, type AnswerLedgerConfig, MOST_ADVANCE_BYTES } from './answer-ledger.ts';
export { rejectUnknownAttributes } from './answers.ts';
export { TransportAddress } from './attributes/address.ts';
export { reasonPhrase } from './attributes/error-code.ts';
export { BindingServer, type BindingServerConfig, type BindingServerStats } from './binding-server.ts';
export { opaqueString, shortTermKey } from './credentials.ts';
export { nodeCrypto } from './crypto.ts';
export { StunError, type StunErrorCode } from './errors.ts';
export { classOf, HEADER_BYTES, isStun, MAGIC_COOKIE, messageType, methodOf, TRANSACTION_ID_BYTES } from './header.ts';
export {
  LongTermClient,
  type LongTermClientConfig,
  type LongTermClientStats,
  type LongTermFailure,
  type LongTermOutcome,
} from './long-term/client.ts';
export { IntegrityKey, longTermKey, longTermKeyBytes, userhash } from './long-term/key.ts';
export { NONCE_COOKIE_BYTES, nonceCookie, nonceFeatures } from './long-term/nonce-cookie.ts';
export {
  type LongTermCheck,
  LongTermServer,
  type LongTermServerConfig,
  type LongTermServerStats,
  type LongTermUsers,
} from './long-term/server.ts';
export { StunReader, UNKNOWN_REQUIRED_LIMIT } from './reader.ts';
export { Redirects } from './redirects.ts';
export {
  AttributeType,
  attributeName,
  COMPREHENSION_OPTIONAL,
  ErrorCode,
  ICE_ATTRIBUTES,
  LONG_TERM_ATTRIBUTES,
  PasswordAlgorithm,
  SecurityFeature,
  StunClass,
  StunMethod,
} from './registry.ts';
export {
  DEFAULT_LAST_WAIT,
  DEFAULT_REQUESTS,
  DEFAULT_RTO_MS,
  giveUpAfterMs,
  RELIABLE_TIMEOUT_MS,
  requestAfterMs,
} from './retransmission.ts';
export { type RtoConfig, RtoEstimator } from './rto-estimator.ts';
export { type IntegrityChoice, ShortTermClient, ShortTermServer } from './short-term/short-term.ts';
export { LARGEST_MESSAGE_BYTES, StunStream } from './stream.ts';
export type { StunCrypto } from './stun-crypto.ts';
export {
  NO_TRANSACTION,
  type TransactionDue,
  type TransactionHandle,
  type TransactionStats,
  TransactionTable,
  type TransactionTableConfig,
} from './transaction-table.ts';
export { StunWriter, TEXT_LIMIT_CHARACTERS, USERNAME_LIMIT_BYTES } from './writer.ts';
