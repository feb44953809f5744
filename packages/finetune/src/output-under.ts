import type { Module } from '@graft/layers';
import type { Feed } from '@graft/tasks';
import { type AnyBackend, Random, scope } from '@graft/tensor';
import { prepareBatch } from '@graft/train';
import type { ReadExamples } from './example-loader.ts';
import type { RunProgress } from './run-progress.ts';

/** What a network computes of one example that is fed in one way. */
export async function outputUnder(
  feed: Feed,
  index: number,
  {
    examples,
    module,
    backend,
    progress,
  }: {
    readonly examples: ReadExamples;
    readonly module: Module;
    readonly backend: AnyBackend;
    readonly progress: RunProgress;
  },
): Promise<Float32Array> {
  await progress.breathe();
  const { input } = await examples.get(index);
  // Every random transform is off in evaluation.
  const batch = feed.collate([{ input: await feed.evaluation(input, new Random(0)), label: 0 }], [index]);
  const result = scope(() => module.forward(prepareBatch(batch, backend).input as never));
  try {
    return (await result.array()) as Float32Array;
  } finally {
    result.dispose();
  }
}
