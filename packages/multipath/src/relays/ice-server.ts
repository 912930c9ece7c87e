import type { StunServer } from '@hawser/ice-multipath';
import type { RelayServer } from './relay-server.ts';

/** A server that helps to find paths. */
export type IceServer = ({ readonly type: 'stun' } & StunServer) | ({ readonly type: 'turn' } & RelayServer);
