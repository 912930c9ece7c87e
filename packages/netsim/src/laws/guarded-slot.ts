import { NO_FLOW, NO_PATH, PacketClass, resetSlot, SLOT_HEAD_ROOM, SLOT_TAIL_ROOM, type Slot } from '@hawser/wire';

/**
 * A slot that sees where a machine writes: everything in it and around it holds a pattern.
 *
 * ```
 * guard | head room | payload capacity | tail room | guard      one ArrayBuffer; the slot's buffer is a view into it
 *       |    ^ headRoomUsedBytes          ^ tailRoomUsedBytes     what the machine may use besides the capacity
 * ```
 */
export class GuardedSlot {
  readonly slot: Slot;
  readonly #memory: Uint8Array;
  readonly #from: number;
  readonly #to: number;

  constructor(payloadBytes: number, headRoomUsedBytes: number, tailRoomUsedBytes: number) {
    const size = SLOT_HEAD_ROOM + payloadBytes + SLOT_TAIL_ROOM;
    this.#memory = new Uint8Array(GUARD + size + GUARD);
    const buffer = this.#memory.subarray(GUARD, GUARD + size);
    this.slot = { buffer, offset: SLOT_HEAD_ROOM, length: 0, flow: NO_FLOW, path: NO_PATH, cls: PacketClass.control };
    this.#from = GUARD + SLOT_HEAD_ROOM - headRoomUsedBytes;
    this.#to = GUARD + SLOT_HEAD_ROOM + payloadBytes + tailRoomUsedBytes;
    this.#paint(0, this.#memory.length);
  }

  /** What is wrong after `pollTransmit` answered true. */
  faultAfterPacket(): string | undefined {
    const { offset, length } = this.slot;
    const from = this.#from - GUARD;
    const to = this.#to - GUARD;
    if (length <= 0) return `gave a packet of ${length} bytes`;
    if (offset < from || offset + length > to)
      return `put a packet at ${offset}..${offset + length}, not in ${from}..${to}`;
    return this.#faultIn(0, this.#from) ?? this.#faultIn(this.#to, this.#memory.length);
  }

  /** What is wrong when a drain is over: its last `pollTransmit` answered false and had to leave the slot alone. */
  faultAfterDrain(): string | undefined {
    const { offset, length, flow, path, cls } = this.slot;
    const same = offset === SLOT_HEAD_ROOM && length === 0 && flow === NO_FLOW && path === NO_PATH;
    if (!same || cls !== PacketClass.control) return 'changed the slot and answered false';
    return this.#faultIn(0, this.#memory.length);
  }

  /** Makes the slot ready for the next packet: what was written over is painted again. */
  reset(): void {
    resetSlot(this.slot);
    this.#paint(this.#from, this.#to);
  }

  #faultIn(from: number, to: number): string | undefined {
    for (let at = from; at < to; at++) {
      if (this.#memory[at] !== pattern(at))
        return `wrote at ${at - GUARD} of a slot of ${this.slot.buffer.length} bytes`;
    }
    return undefined;
  }

  #paint(from: number, to: number): void {
    for (let at = from; at < to; at++) this.#memory[at] = pattern(at);
  }
}

function pattern(at: number): number {
  return (at * 31 + 7) & 0xff;
}

const GUARD = 64;
