import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExtmap, writeExtmap } from '../../src/attributes/extmap.ts';
import { parseFingerprint } from '../../src/attributes/fingerprint.ts';
import { writeMsid } from '../../src/attributes/group.ts';
import { parseRid } from '../../src/attributes/rid.ts';
import { writeRtpmap } from '../../src/attributes/rtp.ts';
import { parseSimulcast, writeSimulcast } from '../../src/attributes/simulcast.ts';
import { type Description, directionOf, parseDescription, transportOf, writeDescription } from '../../src/index.ts';
import { mustParse } from '../support/captures.ts';

interface Vector {
  name: string;
  source: string;
  input: { sdp?: string; value?: string };
  // biome-ignore lint/suspicious/noExplicitAny: the vectors' own summary shape
  expected: any;
}

const { vectors } = JSON.parse(readFileSync(new URL('./sdp.json', import.meta.url), 'utf8')) as { vectors: Vector[] };

/** RFC 5763 prints a fingerprint over two lines with a backslash; the vectors joined them with it. */
const unfold = (text: string): string => text.replace(/(fingerprint: *\S+| *SHA-1) \\ /g, '$1 ');

/** What the vectors' summaries say of a fingerprint, in this package's spelling. */
const spelled = (text: string): string => {
  const [algorithm, value] = unfold(text).trim().split(' ');
  return `${algorithm.toLowerCase()} ${value.toUpperCase()}`;
};

function summary(description: Description): unknown {
  return {
    sessionId: description.origin.sessionId,
    sessionVersion: description.origin.sessionVersion,
    sessionName: description.name,
    groups: description.groups.map(({ semantics, mids }) => [semantics, ...mids]),
    sessionFingerprints: description.fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`),
    sessionSetup: description.setup ?? null,
    media: description.media.map((media) => {
      const transport = transportOf(description, media);
      return {
        type: media.kind,
        port: media.port,
        proto: media.protocol,
        formats: media.formats,
        direction: directionOf(description, media),
        address: (media.connections[0] ?? description.connection)?.address ?? null,
        mid: media.mid ?? null,
        rtpmaps: media.rtpmaps.map(writeRtpmap),
        fmtp: media.fmtps.map(({ format, parameters }) => `${format} ${parameters}`),
        rtcpFb: media.rtcpFeedback.map(({ payloadType, value }) => `${payloadType} ${value}`),
        extmap: media.extmaps.map(writeExtmap),
        iceUfrag: transport.iceUfrag ?? null,
        icePwd: transport.icePwd ?? null,
        setup: transport.setup ?? null,
        fingerprints: media.fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`),
        candidates: media.candidates.length,
        rtcpMux: media.rtcpMux,
        bundleOnly: media.bundleOnly,
        endOfCandidates: media.endOfCandidates,
        rids: media.rids.length,
        simulcast: media.simulcast === undefined ? null : writeSimulcast(media.simulcast),
        msid: media.msids.map(writeMsid),
        sctpPort: media.sctpPort === undefined ? null : `${media.sctpPort}`,
        maxMessageSize: media.maxMessageSizeBytes === undefined ? null : `${media.maxMessageSizeBytes}`,
      };
    }),
  };
}

describe('descriptions of the RFCs', () => {
  for (const { name, input, expected } of vectors) {
    if (input.sdp === undefined) continue;
    if (expected.reject === true) {
      it(`refuses ${name}, with a line and a reason`, () => {
        const result = parseDescription(input.sdp as string);
        expect(result).toMatchObject({ ok: false, reason: expect.any(String), message: expect.any(String) });
        if (!result.ok) expect(result.line).toBeGreaterThanOrEqual(1);
      });
      continue;
    }
    it(`reads ${name} as its summary says`, () => {
      const description = mustParse(unfold(input.sdp as string));
      const wanted = {
        ...expected,
        sessionFingerprints: expected.sessionFingerprints.map(spelled),
        // biome-ignore lint/suspicious/noExplicitAny: the vectors' own summary shape
        media: expected.media.map((media: any) => ({
          ...media,
          fingerprints: media.fingerprints.map(spelled),
          rids: media.rids.length,
        })),
      };
      expect(summary(description)).toEqual(wanted);
    });
    it(`writes ${name} so that it reads the same`, () => {
      const description = mustParse(unfold(input.sdp as string));
      expect(mustParse(writeDescription(description))).toEqual(description);
    });
  }
});

describe('attribute values', () => {
  for (const { name, input, expected } of vectors) {
    if (input.value === undefined) continue;
    const value = input.value;
    it(name, () => {
      if (name.includes('a=fingerprint')) {
        const result = parseFingerprint(value);
        if (expected.reject) return expect(result).toBeUndefined();
        expect(result?.algorithm).toBe(expected.hash);
        expect(result?.value.split(':')).toHaveLength(expected.octets);
      } else if (name.includes('a=extmap')) {
        const { id, uri, direction, attributes } = parseExtmap(value) ?? {};
        expect({ id, uri, direction: direction ?? null, attributes }).toEqual({
          attributes: undefined,
          ...expected,
          direction: expected.direction ?? null,
        });
      } else if (name.includes('a=simulcast')) {
        const result = parseSimulcast(value);
        if (expected.reject) return expect(result).toBeUndefined();
        const expand = (streams?: { id: string; paused: boolean }[][]) =>
          streams?.map((stream) => stream.map(({ id, paused }) => ({ rid: id, paused })));
        expect(result).toEqual({ send: expand(expected.send), recv: expand(expected.recv) });
      } else {
        const result = parseRid(value);
        if (expected.reject) return expect(result).toBeUndefined();
        expect(result).toMatchObject({ id: expected.id, direction: expected.direction, payloadTypes: expected.pts });
        expect(Object.fromEntries(result?.restrictions ?? [])).toEqual(expected.restrictions);
      }
    });
  }
});
