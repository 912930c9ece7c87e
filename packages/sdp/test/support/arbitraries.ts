import fc from 'fast-check';
import {
  type Candidate,
  createDescription,
  createMediaSection,
  type Description,
  type MediaSection,
} from '../../src/index.ts';

const chars = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
export const iceChars = (min: number, max: number) => chars(`${LETTERS}+/`, min, max);
export const token = chars(`${LETTERS}-_.`, 1, 12);
/** Text that may stand in a line: anything but line ends and NUL. */
export const lineText = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n\0]/g, '.'));
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const port = fc.integer({ min: 0, max: 65_535 });
const payloadType = fc.integer({ min: 0, max: 127 });
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.uuid().map((uuid) => `${uuid}.local`),
);

export const candidate: fc.Arbitrary<Candidate> = fc
  .record(
    {
      foundation: iceChars(1, 32),
      component: fc.integer({ min: 1, max: 256 }),
      transport: fc.constantFrom('udp', 'tcp'),
      priority: u32,
      address,
      port,
      type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
      tcpType: fc.constantFrom('active', 'passive', 'so'),
      generation: u32,
      ufrag: iceChars(4, 32),
      networkId: u32,
      networkCost: fc.integer({ min: 0, max: 999 }),
      extensions: fc.array(
        fc.tuple(
          token.map((name) => `x-${name}`),
          token,
        ),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['foundation', 'component', 'transport', 'priority', 'address', 'port', 'type'] },
  )
  .chain((base) =>
    fc
      .option(fc.tuple(address, port), { nil: undefined })
      .map(
        (related): Candidate =>
          related === undefined
            ? (base as Candidate)
            : { ...(base as Candidate), relatedAddress: related[0], relatedPort: related[1] },
      ),
  );

const direction = fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive');
const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => ({
  algorithm: 'sha-256',
  value: [...octets].map((octet) => octet.toString(16).toUpperCase().padStart(2, '0')).join(':'),
}));
const connection = fc.record({ netType: fc.constant('IN'), addressType: fc.constantFrom('IP4', 'IP6'), address });
const extmap = fc.record(
  {
    id: fc.integer({ min: 1, max: 4351 }),
    direction,
    uri: token.map((name) => `urn:x:${name}`),
    attributes: token,
  },
  { requiredKeys: ['id', 'uri'] },
);
const unknownAttribute = fc.record({
  name: token.map((name) => `x-${name}`),
  value: fc.option(lineText, { nil: undefined }),
});
const alternative = fc.record({ rid: token, paused: fc.boolean() });
const streams = fc.array(fc.array(alternative, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

/** Fields that may be left out, with the key absent rather than undefined: that is how the parser leaves them. */
const optional = fc.record(
  {
    portCount: fc.integer({ min: 1, max: 9 }),
    title: lineText,
    direction,
    iceUfrag: iceChars(4, 20),
    icePwd: iceChars(22, 40),
    setup: fc.constantFrom('actpass', 'active', 'passive', 'holdconn'),
    tlsId: token,
    rtcp: fc.record({ port, connection }, { requiredKeys: ['port'] }),
    simulcast: fc.record({ send: streams, recv: streams }, { requiredKeys: ['send'] }),
    sctpPort: port,
    maxMessageSizeBytes: fc.nat(),
  },
  { requiredKeys: [] },
);

export const mediaSection = (mid: string): fc.Arbitrary<MediaSection> =>
  fc
    .tuple(
      fc.record({
        connections: fc.array(connection, { maxLength: 1 }),
        bandwidths: fc.array(fc.record({ type: token, value: fc.nat() }), { maxLength: 2 }),
        iceOptions: fc.uniqueArray(token, { maxLength: 2 }),
        candidates: fc.array(candidate, { maxLength: 4 }),
        fingerprints: fc.array(fingerprint, { maxLength: 2 }),
        rtcpMux: fc.boolean(),
        rtcpMuxOnly: fc.boolean(),
        rtcpRsize: fc.boolean(),
        bundleOnly: fc.boolean(),
        endOfCandidates: fc.boolean(),
        extmapAllowMixed: fc.boolean(),
        rtpmaps: fc.array(
          fc.record(
            {
              payloadType,
              encodingName: token,
              clockRateHz: fc.integer({ min: 1, max: 0xffffffff }),
              channels: fc.integer({ min: 1, max: 255 }),
            },
            { requiredKeys: ['payloadType', 'encodingName', 'clockRateHz'] },
          ),
          { maxLength: 4 },
        ),
        fmtps: fc.array(fc.record({ format: token, parameters: token }), { maxLength: 3 }),
        rtcpFeedback: fc.array(
          fc.record({ payloadType: fc.oneof(payloadType, fc.constant('*' as const)), value: token }),
          { maxLength: 3 },
        ),
        extmaps: fc.array(extmap, { maxLength: 3 }),
        msids: fc.array(fc.record({ stream: token, track: token }, { requiredKeys: ['stream'] }), { maxLength: 2 }),
        ssrcs: fc.array(fc.record({ ssrc: u32, name: token, value: fc.option(lineText, { nil: undefined }) }), {
          maxLength: 3,
        }),
        ssrcGroups: fc.array(fc.record({ semantics: token, ssrcs: fc.array(u32, { maxLength: 3 }) }), { maxLength: 2 }),
        rids: fc.array(
          fc.record({
            id: token,
            direction: fc.constantFrom('send', 'recv'),
            payloadTypes: fc.array(payloadType, { maxLength: 2 }),
            restrictions: fc.array(
              fc.tuple(
                token.map((name) => `max-${name}`),
                fc.option(token, { nil: undefined }),
              ),
              { maxLength: 2 },
            ),
          }),
          { maxLength: 2 },
        ),
        sctpmaps: fc.array(
          fc.record({ port, protocol: token, streams: port }, { requiredKeys: ['port', 'protocol'] }),
          {
            maxLength: 1,
          },
        ),
        attributes: fc.array(unknownAttribute, { maxLength: 3 }),
      }),
      optional,
      fc.tuple(fc.constantFrom('audio', 'video', 'application'), port, fc.array(token, { minLength: 1, maxLength: 4 })),
    )
    .map(([lists, some, [kind, number, formats]]) => {
      const media = createMediaSection(kind, number, 'UDP/TLS/RTP/SAVPF', formats);
      return { ...media, ...lists, ...(some as Partial<MediaSection>), mid } as MediaSection;
    });

export const description: fc.Arbitrary<Description> = fc
  .tuple(
    fc.record({
      username: token,
      sessionId: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
      sessionVersion: fc.nat().map(String),
      netType: fc.constant('IN'),
      addressType: fc.constant('IP4'),
      address: fc.ipV4(),
    }),
    fc.uniqueArray(token, { maxLength: 3 }).chain((mids) => fc.tuple(...mids.map(mediaSection))),
    fc.record(
      { hawser: port, information: lineText, uri: lineText, iceUfrag: iceChars(4, 20), direction },
      { requiredKeys: [] },
    ),
    lineText,
    fc.array(unknownAttribute, { maxLength: 3 }),
  )
  .map(([origin, media, some, name, attributes]) => {
    const groups =
      media.length === 0 ? [] : [{ semantics: 'BUNDLE', mids: media.map((section) => section.mid as string) }];
    return { ...createDescription(origin), ...some, name, attributes, media, groups };
  });
