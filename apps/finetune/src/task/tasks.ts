import { classification } from './classification.ts';
import { multilabel } from './multilabel.ts';
import { regression } from './regression.ts';
import type { Task, TaskName } from './task.ts';

const tasks: Readonly<Record<TaskName, Task>> = { classification, multilabel, regression };

/** A run's task; runs that name none tell classes apart. */
export const taskOf = ({ task = 'classification' }: { readonly task?: TaskName | undefined }): Task => tasks[task];
