import type { SctpStats } from '@hawser/sctp-dc';
import { expectations, type Finding } from '../chromium/cases/case.ts';
import { exchangeCases } from '../exchange/cases/index.ts';
import { openChannels, send, taken } from '../exchange/channel.ts';
import type { Doer, Ends, ExchangeCase } from '../exchange/exchange-case.ts';
import { faultOfAll } from '../exchange/expected.ts';
import type { Sizes } from '../exchange/sizes.ts';
import type { Meeting, Place } from './place.ts';

const STACK = { name: 'usrsctp', messageBytes: 65_536 } as const;
const WORD = { count: 20, bytes: 1_000 } as const;
const END_MS = 15_000;

/** One case; its place is its own. */
export interface UsrsctpCase {
  readonly name: string;
  run(place: Place, sizes: Sizes): Promise<Finding>;
}

const MODES = [
  { prefix: 'i-data', interleaving: true },
  { prefix: 'data', interleaving: false },
] as const;

export const usrsctpCases: readonly UsrsctpCase[] = [
  ...MODES.flatMap(({ prefix, interleaving }) =>
    exchangeCases.filter(({ paths }) => paths === 1).map((one) => exchange(prefix, one, interleaving)),
  ),
  ...(['hawser', 'peer', 'both'] as const).flatMap((active) => [
    ending(active, 'hawser', false),
    ending(active, 'peer', false),
  ]),
  ending('hawser', 'hawser', true),
  ending('hawser', 'peer', true),
  zeroChecksum(),
];

function endsOf(place: Place, sizes: Sizes): Ends {
  const { hawser, peer, network } = place;
  return { hawser, peer, network, stack: STACK, sizes, stats: () => hawser.peer<SctpStats>('stats') };
}

/** As with every stack, a bad path by way of the relay; whoever would make the offer sends INIT. */
function exchange(prefix: string, one: ExchangeCase, interleaving: boolean): UsrsctpCase {
  return {
    name: `${prefix}-${one.name}`,
    run: async (place, sizes) => {
      const relayed = one.name.startsWith('partial') || one.name.endsWith('with-loss');
      const { agreed, faults } = await meet(place, { interleaving, active: one.offerer, relayed });
      const finding = await one.run(endsOf(place, sizes));
      const figures = { ...finding.figures, ...agreed, packets_lost: place.relay?.counts.lost ?? 0 };
      return { ...finding, figures, faults: [...faults, ...finding.faults] };
    },
  };
}

/** Whoever sends INIT, and whoever ends: in good order (RFC 9260 9.2) or by ABORT; a word both ways before. */
function ending(active: Meeting['active'], ender: Doer, abort: boolean): UsrsctpCase {
  return {
    name: `init-by-${active}-${abort ? 'abort' : 'shutdown'}-by-${ender}`,
    run: async (place) => {
      const { agreed, faults } = await meet(place, { interleaving: true, active, relayed: false });
      const { expect, faults: more } = expectations();
      for (const sender of ['hawser', 'peer'] as const) {
        const fault = await say(place, sender);
        expect(fault === undefined, `${sender}: ${fault}`);
      }
      await place[ender].peer('end', { abort });
      const why = await place.hawser.peer<string>('ended', {}, END_MS);
      await place.peer.peer('ended', {}, END_MS);
      const wanted = !abort ? 'shutdown' : ender === 'hawser' ? 'aborted-locally' : 'aborted-by-peer';
      expect(why === wanted, `ours ended by ${why}, not ${wanted}`);
      return { figures: agreed, faults: [...faults, ...more] };
    },
  };
}

/** Hawser offers to do without checksums (RFC 9653); usrsctp does not know of it, and must get every one. */
function zeroChecksum(): UsrsctpCase {
  return {
    name: 'zero-checksum-offered',
    run: async (place) => {
      const hawser = { dtlsRole: 'client', lowerLayerChecksums: 'dtls' } as const;
      const { agreed, faults } = await meet(place, { interleaving: true, active: 'hawser', relayed: false, hawser });
      const { expect, faults: more } = expectations();
      for (const sender of ['hawser', 'peer'] as const) {
        const fault = await say(place, sender);
        expect(fault === undefined, `${sender}: ${fault}`);
      }
      return { figures: agreed, faults: [...faults, ...more], note: 'usrsctp 0.9.5 does not know RFC 9653' };
    },
  };
}

async function say(place: Place, sender: Doer): Promise<string | undefined> {
  const { labels } = await openChannels(place[sender]);
  await send(place[sender], labels, WORD);
  return faultOfAll(WORD, await taken(place[sender === 'hawser' ? 'peer' : 'hawser'], labels[0], WORD.count));
}

/** Sets up, and sees that what was offered is in use. */
async function meet(place: Place, meeting: Meeting): Promise<{ agreed: { i_data: number }; faults: string[] }> {
  const { expect, faults } = expectations();
  const { interleaving, reconfiguration } = await place.meet(meeting);
  expect(interleaving === meeting.interleaving, `I-DATA is ${interleaving ? '' : 'not '}in use`);
  expect(reconfiguration, 'RE-CONFIG is not in use');
  return { agreed: { i_data: Number(interleaving) }, faults };
}
