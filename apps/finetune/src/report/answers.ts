import type { Module } from '@graft/layers';
import { predict } from '@graft/train';
import type { ImageLoader } from '../image-loader.ts';
import type { Label, Task, TaskData, TaskReport } from '../task/task.ts';

/** An image that was held back, what the model gives for it, and what it shows. */
export interface Answered {
  readonly path: string;
  readonly values: Float32Array;
  readonly label: Label;
}

/** A model's answers to all images of a loader. @param indices its samples as numbers in the data */
export async function answersTo(
  model: Module,
  loader: ImageLoader,
  indices: readonly number[],
  data: Pick<TaskData, 'get'>,
): Promise<Answered[]> {
  const found: Answered[] = [];
  for await (const {
    batch,
    outputs: {
      values,
      shape: [, width],
    },
  } of predict(model, loader.batches(0)))
    for (const [n, index] of batch.indices.entries()) {
      const { input: path, label } = await data.get(indices[index]!);
      found.push({ path, values: values.slice(n * width!, (n + 1) * width!), label });
    }
  return found;
}

/** What a task's judge says of answers. */
export function judgedBy(task: Task, answers: readonly Answered[], classes: readonly string[]): TaskReport {
  const judge = task.judge(classes);
  for (const { values, label } of answers)
    judge.add({ values, shape: [1, values.length] }, typeof label === 'number' ? [label] : label);
  return judge.report();
}

/** The answers that are farthest from the truth, the worst first. */
export function farthest(task: Task, answers: readonly Answered[], most: number): Answered[] {
  const distance = task.distance(answers.map(({ label }) => label));
  return answers
    .map((answer) => ({ answer, far: distance(answer.values, answer.label) }))
    .sort((a, b) => b.far - a.far)
    .slice(0, most)
    .map(({ answer }) => answer);
}
