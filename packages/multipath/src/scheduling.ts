import { DwrrChooser } from './schedulers/dwrr.ts';
import { RedundantChooser } from './schedulers/redundant.ts';
import type { Scheduler, SchedulerServices } from './schedulers/scheduler.ts';
import { SinglePathChooser } from './schedulers/single.ts';

/** Makes the scheduler of that name for one session. */
export function createScheduler(name: 'single' | 'dwrr' | 'redundant', services: SchedulerServices): Scheduler {
  switch (name) {
    case 'single':
      return { chooser: new SinglePathChooser(() => services.primary()) };
    case 'redundant':
      return { chooser: new RedundantChooser() };
    case 'dwrr': {
      const chooser = new DwrrChooser((path) => services.weightOf(path));
      return { chooser, forget: (path) => chooser.forget(path) };
    }
  }
}
