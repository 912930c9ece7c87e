import type { MultipathStats } from '@hawser/node';
import { connect, disconnect, type Offerer } from '../connect.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

const ECHOED_BYTES = [1, 1_000, 16_384, 65_536, 200_000, 200_000];
const TRANSFER_BYTES = 20_000_000;
const MESSAGE_BYTES = 200_000;
const TOO_LONG_BYTES = 1_000_000;

interface Transfer {
  ok: boolean;
  seconds: number;
}

/** A data channel each way: text, bytes, long messages echoed, 20 MB, and a message that the browser would not take. */
export function dataChannel(offerer: Offerer): Case {
  return { name: `data-channel-${offerer}-offers`, run: (place) => run(place, offerer) };
}

async function run({ sides, topology, addresses }: Place, offerer: Offerer): Promise<Finding> {
  const { browser, hawser } = sides;
  const { expect, faults } = expectations();
  await connect(sides, {
    offerer,
    media: false,
    // Both ways of signalling: one description with everything in it, and candidates that follow one by one.
    trickle: offerer === 'hawser',
    loopback: topology === undefined,
    config: { addresses },
  });
  try {
    let compared = 0;
    for (const [name, side] of Object.entries({ browser, hawser })) {
      const echoed = await side.peer<{ ok: boolean; compared: number }>('echo', {
        label: `echo by ${name}`,
        sizes: ECHOED_BYTES,
      });
      compared += echoed.compared;
      expect(echoed.ok, `${name}: message ${echoed.compared} came back changed`);
    }
    const transfer = { label: 'sink', bytes: TRANSFER_BYTES, messageBytes: MESSAGE_BYTES };
    const toBrowser = await hawser.peer<Transfer>('transfer', transfer);
    const toHawser = await browser.peer<Transfer>('transfer', transfer);
    expect(toBrowser.ok, 'the 20 MB to the browser differ');
    expect(toHawser.ok, 'the 20 MB to Hawser differ');
    const refusal = await hawser.peer<string | undefined>('refusal', { label: 'long', bytes: TOO_LONG_BYTES });
    expect(refusal === 'message-too-long', `1 MB was not refused with message-too-long but with ${refusal}`);
    const { dtlsVersion } = await hawser.peer<MultipathStats>('stats');
    const figures = {
      dtls_version: Number(dtlsVersion ?? 0),
      messages_echoed: compared,
      to_browser_mbyte_per_s: rate(toBrowser),
      to_hawser_mbyte_per_s: rate(toHawser),
    };
    return { figures, faults };
  } finally {
    await disconnect(sides);
  }
}

function rate({ seconds }: Transfer): number {
  return Math.round((TRANSFER_BYTES / 1e6 / seconds) * 10) / 10;
}
