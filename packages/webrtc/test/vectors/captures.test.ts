import { readdirSync, readFileSync } from 'node:fs';
import { bundledMids, bundleTransport, isRejected, parseDescription, taggedSection, verifyAnswer } from '@hawser/sdp';
import { describe, expect, it } from 'vitest';
import type { SessionDescription } from '../../src/index.ts';
import { eventsOf, makePeer, parsed } from '../support/peers.ts';

const folder = new URL('./captures/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.sdp') && !name.endsWith('-answer.sdp'));

it('has the offers of both browsers', () => expect(names.length).toBeGreaterThanOrEqual(50));

describe.each(names)('a machine that is offered %s', (name) => {
  const sdp = readFileSync(new URL(name, folder), 'utf8');
  const offer = parsed({ type: 'offer', sdp });
  const peer = makePeer(1);
  const { machine, session } = peer;

  it('answers by the rules, in a text that our parser reads', () => {
    expect(machine.setRemoteDescription(0, { type: 'offer', sdp })).toBeUndefined();
    for (const t of machine.transceivers) t.direction = 'sendrecv';
    machine.setLocalDescription(0);
    const { sdp: text } = machine.localDescription as SessionDescription;
    const result = parseDescription(text);
    expect(result).toMatchObject({ ok: true });
    if (!result.ok) return;
    expect(verifyAnswer(offer, result.description)).toBeUndefined();
    expect(machine.signalingState).toBe('stable');
    // Everything that was offered is accepted, on the one transport.
    expect(result.description.media.map((media) => media.port !== 0)).toEqual(
      offer.media.map((media) => !isRejected(media)),
    );
    expect(new Set(bundledMids(result.description))).toEqual(
      new Set(result.description.media.filter((media) => media.port !== 0).map((media) => media.mid)),
    );
  });

  it('gives the session what the browser said', () => {
    const transport = bundleTransport(offer);
    expect(session.role).toBe('controlled');
    expect(session.remotes).toHaveLength(1);
    expect(session.remotes[0]).toMatchObject({
      ufrag: transport?.iceUfrag,
      pwd: transport?.icePwd,
      hawser: false,
      lite: false,
      dtlsRole: 'client',
      fingerprints: transport?.fingerprints,
    });
    const hasData = offer.media.some((media) => media.kind === 'application');
    expect(session.remotes[0].sctp === undefined).toBe(!hasData);
    expect(session.remoteCandidates.map((candidate) => candidate.port)).toEqual(
      transport?.candidates.map((candidate) => candidate.port),
    );
    expect(session.isRemoteEnd).toBe(transport?.endOfCandidates);
  });

  it('tells the application of every track that the browser sends', () => {
    const sending = offer.media.filter(
      (media) =>
        !isRejected(media) && media.kind !== 'application' && (media.direction ?? 'sendrecv').startsWith('send'),
    );
    expect(eventsOf(peer, 'track').map((event) => event.transceiver.mid)).toEqual(sending.map((media) => media.mid));
    for (const { transceiver } of eventsOf(peer, 'track')) {
      expect(transceiver.receiveCodecs.length).toBeGreaterThan(0);
      expect(transceiver.headerExtensions.size).toBeGreaterThan(0);
    }
  });

  it('can offer again, and answers the same offer again', () => {
    const again = machine.createOffer(0);
    const model = parsed(again);
    expect(model.media).toHaveLength(offer.media.length);
    expect(taggedSection(model)?.port).toBe(9);
    expect(machine.setRemoteDescription(0, { type: 'offer', sdp })).toBeUndefined();
    machine.setLocalDescription(0);
    expect(machine.signalingState).toBe('stable');
  });
});
