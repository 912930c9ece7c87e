import type { Command } from '../chromium/side.ts';
import type { Offerer, PlaceName } from './case.ts';

/**
 * Another implementation, as a program that speaks JSON-RPC on its standard input and output: `launch` answers with its
 * version, `peer` calls one of `create`, `offer`, `answer`, `acceptAnswer`, `connected`, `echo`, `transfer`, `close` and those
 * of `ExchangeSide`, `exit` ends it.
 */
export interface Stack {
  readonly name: string;
  readonly command: Command;
  /** Brings what the program needs; why that cannot be had, or undefined. */
  install(say: (text: string) => void): string | undefined;
  /** The longest message it takes. */
  readonly messageBytes: number;
  /** It can send a message of no bytes. */
  readonly emptyMessages: boolean;
  /** It can use 127.0.0.1, where namespaces are not allowed. */
  readonly loopback: boolean;
  /** As the controlled side it does not begin before a pair is nominated. */
  readonly waitsForNomination: boolean;
  /** Where it was seen to follow when the path on which it sends is cut; elsewhere it stays, or was never seen to move. */
  readonly moves: readonly `${PlaceName}-${Offerer}-offers`[];
  /** Handshakes of DTLS may fail by a fault of its own where packets are lost. */
  readonly mayFailHandshakes?: boolean;
  /** Exchanges are asked of it elsewhere. Default false. */
  readonly exchangesElsewhere?: boolean;
  /** Exchanges that fail by a fault of the stack's own, by name, with the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
}
