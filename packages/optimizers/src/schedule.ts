import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** A number as a function of the step (counted from 0), such as a learning rate. */
export type Schedule = (step: number) => number;

/** A schedule type that configurations can create by name and options. */
export interface ScheduleType extends Named {
  create(options?: object, context?: Context): Schedule;
}
/** The extension point for schedules. */
export const schedule: ExtensionPoint<ScheduleType> = extensionPoint('schedule', 'the option "schedule" of a run');

/** Converts a number to a constant schedule. */
export const asSchedule = (value: number | Schedule): Schedule => (typeof value === 'function' ? value : () => value);
