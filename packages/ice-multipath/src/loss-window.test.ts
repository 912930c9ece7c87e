import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossWindow } from './loss-window.ts';
import { LOSS_WINDOW } from './path-snapshot.ts';

describe('the loss window', () => {
  it('counts the lost among the latest checks, from the last reset on', () => {
    const step = fc.oneof({ weight: 100, arbitrary: fc.boolean() }, { weight: 1, arbitrary: fc.constant(undefined) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3 * LOSS_WINDOW }), (steps) => {
        const window = new LossWindow();
        let model: boolean[] = [];
        for (const lost of steps) {
          if (lost === undefined) {
            window.reset();
            model = [];
          } else {
            window.record(lost);
            model = [...model, lost].slice(-LOSS_WINDOW);
          }
        }
        expect(window.count).toBe(model.length);
        expect(window.lostCount).toBe(model.filter(Boolean).length);
        expect(window.ratio).toBe(model.length === 0 ? 0 : model.filter(Boolean).length / model.length);
      }),
    );
  });
});
