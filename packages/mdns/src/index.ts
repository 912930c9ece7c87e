export { MdnsAgent } from './agent.ts';
export type { MdnsConfig } from './config.ts';
export type { MdnsCounters } from './counters.ts';
export { MdnsError, type MdnsErrorCode } from './errors.ts';
export type { MdnsEvent, UnresolvedReason } from './events.ts';
export type { LinkOptions } from './link.ts';
export { MDNS_GROUP_V4, MDNS_GROUP_V6, MDNS_PORT } from './message/constants.ts';
export { canonicalMdnsName, createMdnsName, isEphemeralMdnsName } from './names.ts';
export { NO_QUERY, type QueryId } from './querier.ts';
