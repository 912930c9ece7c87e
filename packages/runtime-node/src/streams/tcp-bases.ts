import { openActiveTcp } from './tcp-active-socket.ts';
import { openPassiveTcp } from './tcp-passive-socket.ts';

/** Which TCP candidates a connection has (RFC 6544): those that connect, those that listen, both, or none. */
export type IceTcp = 'none' | 'active' | 'passive' | 'both';

/** One kind of TCP base, and how it is had. */
export interface TcpKind {
  readonly tcpType: 'active' | 'passive';
  readonly open: typeof openActiveTcp;
}

/** The kinds of base that are wanted at every address. */
export function tcpKinds(wanted: IceTcp): readonly TcpKind[] {
  return KINDS.filter(({ tcpType }) => wanted === 'both' || wanted === tcpType);
}

const KINDS: readonly TcpKind[] = [
  { tcpType: 'active', open: openActiveTcp },
  { tcpType: 'passive', open: openPassiveTcp },
];
