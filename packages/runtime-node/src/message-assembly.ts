import { MessagePart } from '@hawser/sctp-dc';

/** What became of a part: the message that it completes, or why there is none. */
export type Assembled = Uint8Array | 'more' | 'too-long' | undefined;

/** Puts the parts of long messages together for those who read messages whole: bounded by what was announced to the peer. */
export class MessageAssembly {
  readonly #mostBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #isSkipping = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Takes a part; `bytes` are borrowed, and the answer may be a view of them. */
  add(bytes: Uint8Array, part: MessagePart): Assembled {
    if (part === MessagePart.whole) return bytes;
    if (part === MessagePart.first) this.#begin();
    else if (this.#isSkipping || this.#bytes === 0) return undefined;
    if (part === MessagePart.cut) {
      this.#begin();
      return undefined;
    }
    this.#bytes += bytes.length;
    if (this.#bytes > this.#mostBytes) {
      this.#begin();
      this.#isSkipping = true;
      return 'too-long';
    }
    this.#parts.push(bytes.slice());
    return part === MessagePart.last ? this.take() : 'more';
  }

  /** What there is of a message. Empty when none has begun. */
  take(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#begin();
    return whole;
  }

  #begin(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#isSkipping = false;
  }
}
