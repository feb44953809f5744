export { dashboardCallback, type DashboardCallbackOptions } from './dashboard-callback.ts';
export type { Ended } from './dashboard-sections.ts';
export type { HeldOut, LiveExample, LiveObjective, Validated, ValidatedBatch } from './held-out.ts';
export type { LiveEvent } from './live-event.ts';
export { LiveRun, type LiveRunOptions } from './live-run.ts';
export { LiveView, type Parts } from './live-view.ts';
export type { Machine } from './machine.ts';
export { Track } from './track.ts';
export { type RunWatcher, type WatchedRun, watchRun } from './watch-run.ts';
