import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** A number that depends on the step (counted from 0), such as a learning rate. */
export type Schedule = (step: number) => number;

/** A kind of schedule that can be made from its options, as a configuration names it. */
export interface ScheduleType extends Named {
  create(options?: object, context?: Context): Schedule;
}
/** Schedules by name. */
export const schedule: ExtensionPoint<ScheduleType> = extensionPoint('schedule');

/** A number as a schedule that never changes. */
export const asSchedule = (value: number | Schedule): Schedule => (typeof value === 'function' ? value : () => value);
