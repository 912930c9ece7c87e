import { fileURLToPath } from 'node:url';
import { nodeCommand, Side } from '../chromium/side.ts';
import type { ExchangeNetwork } from '../exchange/exchange-case.ts';
import type { AssociationOptions } from './association-end.ts';
import { Relay } from './relay.ts';

const CONNECT_MS = 10_000;
/** Of the datagrams of a bad path, besides those that are lost. */
const REORDERED = 0.02;

/** The program, built by the run. */
export const PROGRAM = fileURLToPath(new URL('build/usrsctp-side', import.meta.url));

/** How the two meet. */
export interface Meeting {
  /** I-DATA is offered by both. */
  readonly interleaving: boolean;
  /** Who sends INIT. */
  readonly active: 'hawser' | 'peer' | 'both';
  /** Through the relay, or straight. */
  readonly relayed: boolean;
  readonly hawser?: AssociationOptions;
}

/** What usrsctp says of the association. */
export interface Agreed {
  readonly interleaving: boolean;
  readonly reconfiguration: boolean;
}

/** One association, in two processes of its own. */
export class Place {
  readonly hawser = new Side('hawser', nodeCommand(new URL('hawser-side.ts', import.meta.url)), undefined);
  readonly peer = new Side('usrsctp', [PROGRAM], undefined);
  relay: Relay | undefined;

  /** What can be done to the datagrams; where they go by the relay. */
  get network(): ExchangeNetwork | undefined {
    const { relay } = this;
    if (relay === undefined) return undefined;
    return {
      lose: (percent) => {
        relay.harm = { loss: percent / 100, reorder: REORDERED };
      },
      cut: () => {
        relay.isCut = true;
      },
      heal: () => {
        relay.harm = { loss: 0, reorder: 0 };
        relay.isCut = false;
      },
    };
  }

  async version(): Promise<string> {
    return (await this.peer.call<{ version: string }>('launch')).version;
  }

  /** Sets the association up; what came of it. */
  async meet({ interleaving, active, relayed, hawser = { dtlsRole: 'client' } }: Meeting): Promise<Agreed> {
    const theirs = await this.peer.peer<number>('create', { interleaving, even: hawser.dtlsRole === 'server' });
    const ours = await this.hawser.peer<number>('create', { ...hawser, interleaving });
    let [fromPeer, fromHawser] = [ours, theirs];
    if (relayed) {
      this.relay = await Relay.between(theirs, ours);
      [fromPeer, fromHawser] = this.relay.ports;
    }
    // Whoever waits has to know first to whom it answers.
    const toPeer = () => this.peer.peer('connect', { port: fromPeer, active: active !== 'hawser' });
    const toHawser = () => this.hawser.peer('connect', { port: fromHawser, active: active !== 'peer' });
    for (const connect of active === 'peer' ? [toHawser, toPeer] : [toPeer, toHawser]) await connect();
    await this.hawser.peer('connected', {}, CONNECT_MS);
    return this.peer.peer<Agreed>('connected', {}, CONNECT_MS);
  }

  async close(): Promise<void> {
    await Promise.all([this.hawser.close(), this.peer.close()]);
    this.relay?.close();
  }
}
