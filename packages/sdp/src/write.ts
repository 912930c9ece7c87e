import { writeConnection, writeRtcp } from './attributes/address.ts';
import { writeCandidate } from './attributes/candidate.ts';
import { writeExtmap } from './attributes/extmap.ts';
import { writeMsid, writeWords } from './attributes/group.ts';
import { writeRid } from './attributes/rid.ts';
import { writeRtpmap } from './attributes/rtp.ts';
import { writeSctpmap } from './attributes/sctp.ts';
import { writeSimulcast } from './attributes/simulcast.ts';
import { writeSsrc } from './attributes/source.ts';
import { SdpError } from './errors.ts';
import type { Attribute, CommonAttributes, Description, MediaSection } from './model.ts';

/**
 * Writes a description: every line ended with CRLF, in the order that Chromium writes and every browser reads.
 *
 * Faithful: each line of a parsed text comes out again, equal up to the letter case of candidate transports and of
 * fingerprints, blanks in `a=msid-semantic` and `a=group`, and repeated equal attributes. Writing what was parsed from a
 * written text gives that text again.
 *
 * Errors: `unwritable` when a value holds a line end or NUL, or a candidate breaks its grammar.
 */
export function writeDescription(description: Description): string {
  const out = new Lines();
  writeSession(out, description);
  for (const media of description.media) writeMedia(out, media);
  return out.text;
}

function writeSession(out: Lines, d: Description): void {
  const o = d.origin;
  out.line('v', '0');
  out.line('o', `${o.username} ${o.sessionId} ${o.sessionVersion} ${o.netType} ${o.addressType} ${o.address}`);
  out.line('s', d.name);
  out.optional('i', d.information);
  out.optional('u', d.uri);
  for (const email of d.emails) out.line('e', email);
  for (const phone of d.phones) out.line('p', phone);
  if (d.connection !== undefined) out.line('c', writeConnection(d.connection));
  for (const bandwidth of d.bandwidths) out.line('b', `${bandwidth.type}:${bandwidth.value}`);
  for (const timing of d.timings) {
    out.line('t', `${timing.start} ${timing.stop}`);
    for (const repeat of timing.repeats) out.line('r', repeat);
  }
  out.optional('z', d.zones);
  out.optional('k', d.key);
  for (const group of d.groups) out.attribute('group', writeWords(group.semantics, group.mids));
  if (d.iceLite) out.flag('ice-lite');
  if (d.hawser !== undefined) out.attribute('hawser', `${d.hawser}`);
  if (d.extmapAllowMixed) out.flag('extmap-allow-mixed');
  if (d.msidSemantic !== undefined) {
    out.attribute('msid-semantic', ` ${writeWords(d.msidSemantic.semantic, d.msidSemantic.streams)}`);
  }
  writeTransport(out, d);
  writeExtmaps(out, d);
  if (d.direction !== undefined) out.flag(d.direction);
  if (d.endOfCandidates) out.flag('end-of-candidates');
  writeUnknown(out, d.attributes);
}

function writeMedia(out: Lines, m: MediaSection): void {
  const port = m.portCount === undefined ? `${m.port}` : `${m.port}/${m.portCount}`;
  out.line('m', `${m.kind} ${port} ${m.protocol} ${m.formats.join(' ')}`);
  out.optional('i', m.title);
  for (const connection of m.connections) out.line('c', writeConnection(connection));
  for (const bandwidth of m.bandwidths) out.line('b', `${bandwidth.type}:${bandwidth.value}`);
  out.optional('k', m.key);
  if (m.bundleOnly) out.flag('bundle-only');
  if (m.rtcp !== undefined) out.attribute('rtcp', writeRtcp(m.rtcp));
  for (const candidate of m.candidates) out.raw(writeCandidate(candidate));
  if (m.endOfCandidates) out.flag('end-of-candidates');
  writeTransport(out, m);
  if (m.mid !== undefined) out.attribute('mid', m.mid);
  writeExtmaps(out, m);
  if (m.extmapAllowMixed) out.flag('extmap-allow-mixed');
  if (m.direction !== undefined) out.flag(m.direction);
  for (const msid of m.msids) out.attribute('msid', writeMsid(msid));
  if (m.rtcpMux) out.flag('rtcp-mux');
  if (m.rtcpMuxOnly) out.flag('rtcp-mux-only');
  if (m.rtcpRsize) out.flag('rtcp-rsize');
  writeFormats(out, m);
  writeSources(out, m);
  if (m.sctpPort !== undefined) out.attribute('sctp-port', `${m.sctpPort}`);
  for (const sctpmap of m.sctpmaps) out.attribute('sctpmap', writeSctpmap(sctpmap));
  if (m.maxMessageSizeBytes !== undefined) out.attribute('max-message-size', `${m.maxMessageSizeBytes}`);
  writeUnknown(out, m.attributes);
}

function writeTransport(out: Lines, section: CommonAttributes): void {
  if (section.iceUfrag !== undefined) out.attribute('ice-ufrag', section.iceUfrag);
  if (section.icePwd !== undefined) out.attribute('ice-pwd', section.icePwd);
  if (section.iceOptions.length > 0) out.attribute('ice-options', section.iceOptions.join(' '));
  for (const { algorithm, value } of section.fingerprints) out.attribute('fingerprint', `${algorithm} ${value}`);
  if (section.setup !== undefined) out.attribute('setup', section.setup);
  if (section.tlsId !== undefined) out.attribute('tls-id', section.tlsId);
}

function writeExtmaps(out: Lines, section: CommonAttributes): void {
  for (const extmap of section.extmaps) out.attribute('extmap', writeExtmap(extmap));
}

/** `rtpmap`, `rtcp-fb` and `fmtp` in the order of their lists: RFC 8866 gives the order between them no meaning. */
function writeFormats(out: Lines, m: MediaSection): void {
  for (const rtpmap of m.rtpmaps) out.attribute('rtpmap', writeRtpmap(rtpmap));
  for (const feedback of m.rtcpFeedback) out.attribute('rtcp-fb', `${feedback.payloadType} ${feedback.value}`);
  for (const fmtp of m.fmtps) out.attribute('fmtp', `${fmtp.format} ${fmtp.parameters}`);
}

function writeSources(out: Lines, m: MediaSection): void {
  for (const group of m.ssrcGroups) out.attribute('ssrc-group', writeWords(group.semantics, group.ssrcs));
  for (const ssrc of m.ssrcs) out.attribute('ssrc', writeSsrc(ssrc));
  for (const rid of m.rids) out.attribute('rid', writeRid(rid));
  if (m.simulcast !== undefined) out.attribute('simulcast', writeSimulcast(m.simulcast));
}

function writeUnknown(out: Lines, attributes: readonly Attribute[]): void {
  for (const { name, value } of attributes) {
    if (value === undefined) out.flag(name);
    else out.attribute(name, value);
  }
}

/** Collects lines, and refuses values that would begin another one. */
class Lines {
  text = '';

  line(type: string, value: string): void {
    if (FORBIDDEN.test(value)) throw new SdpError('unwritable', `${type}= would hold a line end or NUL`);
    this.text += `${type}=${value}\r\n`;
  }

  optional(type: string, value: string | undefined): void {
    if (value !== undefined) this.line(type, value);
  }

  flag(name: string): void {
    this.line('a', name);
  }

  raw(text: string): void {
    this.line('a', text);
  }

  attribute(name: string, value: string): void {
    this.line('a', `${name}:${value}`);
  }
}

const FORBIDDEN = /[\r\n\0]/;
