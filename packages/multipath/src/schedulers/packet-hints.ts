/** The packet belongs to no frame. */
export const NO_FRAME = -1;

/**
 * What the owner of a packet knows of it and a chooser may want: one object per session, written before `choose` and read
 * during it and during `copies`.
 */
export class PacketHints {
  /** The last packet of a frame or of a message: nothing behind it shows its loss. */
  isLast = false;
  /** A number for the frame that the packet is part of, the same for all its packets and for no other, or {@link NO_FRAME}. */
  frame: number = NO_FRAME;

  /** Nothing is known of the next packet. */
  clear(): void {
    this.isLast = false;
    this.frame = NO_FRAME;
  }
}
