/** Lets the event loop turn so often: both ends are in this process, and what is on its way between them arrives. */
export function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number) => (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(count);
  });
}

/** Waits until a number has not changed in many turns: whatever changes it waits for something else. */
export async function untilStill(read: () => number): Promise<void> {
  for (let before = Number.NaN, now = read(); now !== before; now = read()) {
    before = now;
    await turns(2_000);
  }
}
