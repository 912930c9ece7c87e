import type { Bottleneck } from './bottleneck.ts';
import type { Clockwork } from './clockwork.ts';

/** Hears what became of each packet, when a report of it comes. */
export interface PathListener {
  arrived(now: number, path: number, sentAt: number, arrivalMs: number): void;
  missing(now: number, path: number): void;
}

/** 50 packets a second over a bottleneck and `oneWayMs` behind it, reported 50 ms after they arrive. */
export function measuredPath(
  clock: Clockwork,
  link: Bottleneck,
  path: number,
  oneWayMs: number,
  to: PathListener,
): void {
  const send = () => {
    const sentAt = clock.now;
    const arrivalMs = link.send(800) + oneWayMs;
    if (Number.isNaN(arrivalMs)) clock.at(sentAt + 300, () => to.missing(clock.now, path));
    else clock.at(arrivalMs + 50, () => to.arrived(clock.now, path, sentAt, arrivalMs + 1e6));
    clock.at(sentAt + 20, send);
  };
  clock.at(clock.now, send);
}

/** Bursts of others: packets at random while it is on, and it is on and off for up to 1.5 s. */
export function crossTraffic(clock: Clockwork, link: Bottleneck, bps: number, random: () => number): void {
  let on = true;
  const send = () => {
    if (on) link.send(1200);
    clock.at(clock.now + (-Math.log(1 - random()) * 1200 * 8000) / bps, send);
  };
  const turn = () => {
    on = !on;
    clock.at(clock.now + random() * 1500, turn);
  };
  send();
  turn();
}
