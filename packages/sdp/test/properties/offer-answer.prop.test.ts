import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerDirection,
  answerOffer,
  answerSetup,
  codecsOf,
  composeOffer,
  type Direction,
  dtlsRole,
  type Extmap,
  intersectCodecs,
  isSameCodec,
  type Msid,
  type OfferedData,
  type OfferedRtp,
  receives,
  reverseDirection,
  type SsrcAttribute,
  type SsrcGroup,
  sends,
  verifyAnswer,
  verifyOffer,
} from '../../src/index.ts';
import { codec, everything, MID_URI, origin, transport } from '../support/local.ts';

const direction = fc.constantFrom<Direction[]>('sendrecv', 'sendonly', 'recvonly', 'inactive');
const names = ['opus', 'VP8', 'VP9', 'H264', 'AV1', 'X'];
const anyCodec = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom('', 'profile-id=2', 'packetization-mode=1;profile-level-id=42e01f', 'profile=1'),
    fc.boolean(),
  )
  .map(([name, parameters, hasRtx]) => ({ name, parameters, hasRtx }));

/** Codecs with payload types that differ, as a section has them. */
const codecs = fc.array(anyCodec, { minLength: 1, maxLength: 6 }).map((list) =>
  list.map(({ name, parameters, hasRtx }, index) =>
    codec(2 * index + 64, name, {
      parameters,
      feedback: ['nack'],
      ...(hasRtx ? { rtxPayloadType: 2 * index + 65 } : {}),
    }),
  ),
);

const section: fc.Arbitrary<Omit<OfferedRtp, 'mid'> | Omit<OfferedData, 'mid'>> = fc.oneof(
  fc.constant({ type: 'data' as const, sctpPort: 5000, maxMessageSizeBytes: 1 << 18 }),
  fc.record({
    type: fc.constant('rtp' as const),
    kind: fc.constantFrom('audio' as const, 'video' as const),
    codecs,
    extmaps: fc.constant<Extmap[]>([{ id: 4, uri: MID_URI }]),
    direction,
    msids: fc.constant<Msid[]>([]),
    ssrcs: fc.constant<SsrcAttribute[]>([]),
    ssrcGroups: fc.constant<SsrcGroup[]>([]),
  }),
);

const sections = fc
  .array(section, { minLength: 1, maxLength: 5 })
  .map((list) => list.map((item, index) => ({ ...item, mid: `m${index}` }) as OfferedRtp | OfferedData));

describe('directions', () => {
  it('reverse twice to themselves', () => {
    fc.assert(
      fc.property(direction, (d) => {
        expect(reverseDirection(reverseDirection(d))).toBe(d);
      }),
    );
  });

  it('of an answer let nobody send what the other does not receive, or what is not wanted', () => {
    fc.assert(
      fc.property(direction, direction, (offered, wanted) => {
        const answer = answerDirection(offered, wanted);
        expect(sends(answer)).toBe(receives(offered) && sends(wanted));
        expect(receives(answer)).toBe(sends(offered) && receives(wanted));
      }),
    );
  });
});

it('an answered setup always gives the two sides different roles', () => {
  const setups = fc.constantFrom('actpass', 'active', 'passive', undefined);
  fc.assert(
    fc.property(setups, fc.constantFrom('active', 'passive'), (offered, preferred) => {
      const answered = answerSetup(offered, preferred);
      const ours = dtlsRole(answered, offered ?? 'active');
      const theirs = dtlsRole(offered ?? 'active', answered);
      expect(new Set([ours, theirs])).toEqual(new Set(['client', 'server']));
    }),
  );
});

describe('codecs', () => {
  it('match themselves, and match both ways', () => {
    fc.assert(
      fc.property(codecs, codecs, (a, b) => {
        for (const x of a) {
          expect(isSameCodec(x, x)).toBe(true);
          for (const y of b) expect(isSameCodec(x, y)).toBe(isSameCodec(y, x));
        }
      }),
    );
  });

  it('of an answer are a subsequence of the offer', () => {
    fc.assert(
      fc.property(codecs, codecs, (offered, local) => {
        const common = intersectCodecs(offered, local);
        const kept = offered.filter((theirs) => local.some((ours) => isSameCodec(ours, theirs)));
        expect(common.map((c) => c.payloadType)).toEqual(kept.map((c) => c.payloadType));
        for (const c of common) {
          const theirs = offered.find((o) => o.payloadType === c.payloadType);
          if (c.rtxPayloadType !== undefined) expect(c.rtxPayloadType).toBe(theirs?.rtxPayloadType);
        }
      }),
    );
  });
});

describe('an offer that we compose', () => {
  it('is by the rules, lists what was given, and is answered by the rules', () => {
    fc.assert(
      fc.property(sections, codecs, direction, (list, local, wanted) => {
        const offer = composeOffer({ origin, transport, sections: list });
        expect(verifyOffer(offer)).toBeUndefined();
        for (const [index, item] of list.entries()) {
          if (item.type === 'rtp') expect(codecsOf(offer.media[index])).toEqual(item.codecs);
        }
        const { description, rejected } = answerOffer(offer, {
          ...everything,
          section: (offered) =>
            offered.kind === 'application'
              ? { type: 'data', sctpPort: 5000, maxMessageSizeBytes: 0 }
              : { type: 'rtp', codecs: local, extensions: [], direction: wanted, msids: [], ssrcs: [], ssrcGroups: [] },
        });
        expect(verifyAnswer(offer, description)).toBeUndefined();
        for (const [index, reason] of rejected.entries()) {
          expect(description.media[index].port === 0).toBe(reason !== undefined);
          if (reason !== undefined) expect(reason).toBe('no-common-codec');
        }
      }),
    );
  });
});
