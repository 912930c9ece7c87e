/** Where and how multicast DNS is spoken (RFC 6762 3). */
export const MDNS_PORT = 5353;
export const MDNS_GROUP_V4 = '224.0.0.251';
export const MDNS_GROUP_V6 = 'ff02::fb';

/** Resource record types (RFC 1035 3.2.2, RFC 3596 2.1, RFC 4034 4). */
export const RecordType = { a: 1, aaaa: 28, nsec: 47, any: 255 } as const;

/** Classes: the Internet, and any (RFC 1035 3.2.4, 3.2.5). */
export const CLASS_IN = 1;
export const CLASS_ANY = 255;

/** Top bit of a question's class: answer me alone, please (RFC 6762 18.12). */
export const UNICAST_RESPONSE = 0x8000;
/** Top bit of a record's class: this is the whole set, forget what came before (RFC 6762 18.13). */
export const CACHE_FLUSH = 0x8000;

/** Second word of the header (RFC 1035 4.1.1). */
export const Flags = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  rcode: 0x000f,
} as const;

/** Bytes of the header. */
export const HEADER_BYTES = 12;

/** A message must not be longer, headers of IP and UDP included (RFC 6762 17). */
export const MAX_MESSAGE_BYTES = 9000;

/** Most that we send in one: a packet of 1500 bytes, less the headers of IPv6 and UDP (RFC 6762 17). */
export const MAX_SENT_BYTES = 1452;

/** Seconds that an address record is good for (RFC 6762 10), and at most in an answer to a legacy querier (RFC 6762 6.7). */
export const RECORD_TTL_S = 120;
export const LEGACY_TTL_S = 10;
