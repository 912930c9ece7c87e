/** Most bytes sent for each that came, while nobody has shown to be where they came from (RFC 9147 5.1, RFC 9000 8.1). */
const FACTOR = 3;

/**
 * Keeps a server from sending more than three times what it got to an address that may be somebody else's. Behind ICE there is
 * nothing to limit: a connectivity check has proved the address.
 */
export class AmplificationLimit {
  #isLifted: boolean;
  #received = 0;
  #sent = 0;

  constructor(isLifted: boolean) {
    this.#isLifted = isLifted;
  }

  /** How many bytes may be sent now. */
  get allowance(): number {
    return this.#isLifted ? Number.POSITIVE_INFINITY : FACTOR * this.#received - this.#sent;
  }

  /** @param isProved what came shows that the peer got what we sent: a cookie, or a Finished */
  noteReceived(bytes: number, isProved: boolean): void {
    this.#received += bytes;
    if (isProved) this.#isLifted = true;
  }

  noteSent(bytes: number): void {
    this.#sent += bytes;
  }
}
