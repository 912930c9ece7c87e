export { CongestionError, type CongestionErrorCode } from './errors.ts';
export { CoupledController } from './window/coupled.ts';
export { CoupledGroup } from './window/coupled-group.ts';
export { Cubic, cubic } from './window/cubic.ts';
export { LiaGroup } from './window/lia.ts';
export { OliaGroup } from './window/olia.ts';
export type { PacedWindowController, WindowCounters } from './window/paced-window.ts';
export type { WindowConfig } from './window/window-config.ts';
