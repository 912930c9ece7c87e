import { SdpError } from '../errors.ts';
import type { Candidate } from '../model.ts';
import type { ParseFailureReason } from '../result.ts';
import { isIceChars, isToken, isVisible, parseUnsigned, splitFields } from '../text.ts';

/** What `parseCandidate` answers. */
export type CandidateResult =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly reason: ParseFailureReason; readonly message: string };

/**
 * Reads a candidate attribute: `candidate:…`, `a=candidate:…` or what stands after the colon.
 *
 * ```
 * candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type>
 *           [raddr <address> rport <port>] *(<name> <value>)
 * ```
 * A well-formed line of an unknown transport or type gives `unsupported-candidate`: RFC 8839 5.1 wants it ignored.
 * Names are kept as they stand; whether one is resolved is the ICE agent's affair.
 *
 * RFC: 8839 5.1, 6544 4.5, 8838 (ufrag), draft-thatcher-ice-network-cost.
 */
export function parseCandidate(text: string): CandidateResult {
  if (text.length > MAX_CANDIDATE_LENGTH) return bad('longer than 1 024 characters');
  const at = text.startsWith('a=') ? 2 : 0;
  const fields = splitFields(text.startsWith('candidate:', at) ? text.slice(at + 10) : text.slice(at));
  if (fields.length < 8) return bad('fewer than eight fields');
  const foundation = fields[0];
  if (!isIceChars(foundation, 1, 32)) return bad('foundation is not 1 to 32 ice characters');
  const component = parseUnsigned(fields[1], 256);
  if (component < 1) return bad('component is not 1 to 256');
  const transport = fields[2].toLowerCase();
  if (!isToken(transport)) return bad('transport is not a token');
  const priority = parseUnsigned(fields[3], 0xffffffff);
  if (priority < 0) return bad('priority is not an unsigned 32-bit number');
  const address = fields[4];
  if (!isAddress(address)) return bad('address is neither an IP address nor a name');
  const port = parseUnsigned(fields[5], 65_535);
  if (port < 0) return bad('port is not 0 to 65535');
  if (fields[6] !== 'typ') return bad('`typ` is missing');
  const type = fields[7];
  if (!isToken(type)) return bad('type is not a token');
  const candidate: Candidate = {
    foundation,
    component,
    transport: transport as 'udp',
    priority,
    address,
    port,
    type: type as 'host',
  };
  const problem = readExtensions(fields, candidate);
  if (problem !== undefined) return bad(problem);
  if (transport !== 'udp' && transport !== 'tcp') return unsupported('transport');
  if (!TYPES.has(type)) return unsupported('type');
  return { ok: true, candidate };
}

/**
 * The attribute's text from `candidate:` on, without `a=`: the form of `RTCIceCandidate.candidate`.
 *
 * Errors: `unwritable` when a field breaks the grammar, such as a blank in an address.
 */
export function writeCandidate(candidate: Candidate): string {
  const c = candidate;
  let text = `candidate:${c.foundation} ${c.component} ${c.transport} ${c.priority} ${c.address} ${c.port} typ ${c.type}`;
  if (c.relatedAddress !== undefined) text += ` raddr ${c.relatedAddress} rport ${c.relatedPort ?? 0}`;
  if (c.tcpType !== undefined) text += ` tcptype ${c.tcpType}`;
  if (c.generation !== undefined) text += ` generation ${c.generation}`;
  if (c.ufrag !== undefined) text += ` ufrag ${c.ufrag}`;
  if (c.networkId !== undefined) text += ` network-id ${c.networkId}`;
  if (c.networkCost !== undefined) text += ` network-cost ${c.networkCost}`;
  if (c.extensions !== undefined) for (const [name, value] of c.extensions) text += ` ${name} ${value}`;
  const result = parseCandidate(text);
  if (!result.ok) throw new SdpError('unwritable', `candidate: ${result.message}`);
  return text;
}

/** Reads `raddr`/`rport` and the extension pairs from field 8 on; answers what is wrong, or undefined. */
function readExtensions(fields: string[], candidate: Candidate): string | undefined {
  let at = 8;
  if (fields[at] === 'raddr') {
    if (fields.length < at + 4 || fields[at + 2] !== 'rport') return '`raddr` without `rport`';
    const port = parseUnsigned(fields[at + 3], 65_535);
    if (!isAddress(fields[at + 1])) return 'raddr is neither an IP address nor a name';
    if (port < 0) return 'rport is not 0 to 65535';
    candidate.relatedAddress = fields[at + 1];
    candidate.relatedPort = port;
    at += 4;
  }
  if ((fields.length - at) % 2 !== 0) return 'an extension has no value';
  for (; at < fields.length; at += 2) {
    const problem = readExtension(fields[at], fields[at + 1], candidate);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function readExtension(name: string, value: string, candidate: Candidate): string | undefined {
  if (!isVisible(name) || !isVisible(value)) return 'an extension is empty or not visible';
  switch (name) {
    case 'tcptype':
      if (value !== 'active' && value !== 'passive' && value !== 'so') return 'tcptype is not active, passive or so';
      candidate.tcpType = value;
      return undefined;
    case 'ufrag':
      if (!isIceChars(value, 4, 256)) return 'ufrag is not 4 to 256 ice characters';
      candidate.ufrag = value;
      return undefined;
    case 'generation':
    case 'network-id':
    case 'network-cost': {
      const number = parseUnsigned(value, name === 'network-cost' ? 999 : 0xffffffff);
      if (number < 0) return `${name} is out of range`;
      if (name === 'generation') candidate.generation = number;
      else if (name === 'network-id') candidate.networkId = number;
      else candidate.networkCost = number;
      return undefined;
    }
    default:
      if (name === 'raddr' || name === 'rport') return `${name} is out of place`;
      if (candidate.extensions === undefined) candidate.extensions = [];
      candidate.extensions.push([name, value]);
      return undefined;
  }
}

/** `connection-address`: letters, digits, `.`, `:`, `-`, `_` and an IPv6 zone after `%`, at most 253 characters. */
export function isAddress(text: string): boolean {
  return text.length > 0 && text.length <= 253 && ADDRESS.test(text);
}

function bad(message: string): CandidateResult {
  return { ok: false, reason: 'bad-attribute', message };
}

function unsupported(what: string): CandidateResult {
  return { ok: false, reason: 'unsupported-candidate', message: `unknown ${what}` };
}

const ADDRESS = /^[A-Za-z0-9.:_-]+(%[A-Za-z0-9._-]+)?$/;
const TYPES: ReadonlySet<string> = new Set(['host', 'srflx', 'prflx', 'relay']);
const MAX_CANDIDATE_LENGTH = 1024;
