/**
 * The life of a client.
 *
 * ```
 *   idle ──→ allocating ──→ allocated ──→ releasing ──→ closed
 *     │           │              │                        ↑
 *     └───────────┴──────────────┴────────────────────────┘
 * ```
 */
export type TurnClientState = 'idle' | 'allocating' | 'allocated' | 'releasing' | 'closed';

/** Legal edges; what is not here cannot happen. */
export const LEGAL: Readonly<Record<TurnClientState, readonly TurnClientState[]>> = {
  idle: ['allocating', 'closed'],
  allocating: ['allocated', 'releasing', 'closed'],
  allocated: ['releasing', 'closed'],
  releasing: ['closed'],
  closed: [],
};
