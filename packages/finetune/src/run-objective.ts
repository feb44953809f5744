import type { Context } from '@graft/plugin';
import type { Objective } from '@graft/tasks';
import { objectiveOf } from './configured.ts';
import type { Summary } from './summary.ts';

/** Creates the objective that a run was trained for. @throws if the app has no such task */
export const runObjective = (
  context: Context,
  { task, taskOptions }: Pick<Summary, 'task' | 'taskOptions'>,
): Objective => objectiveOf(context, task === undefined ? {} : { task: { ...taskOptions, name: task } });
