import { Loader } from '@graft/data';
import { GraftError } from '@graft/plugin';
import type { Objective } from '@graft/tasks';
import type { ReadExamples } from './example-loader.ts';
import type { RunData } from './run-data.ts';
import type { RunProgress } from './run-progress.ts';
import { withArticle } from './with-article.ts';

export interface ReadableExamples {
  /** Indices of the examples that can be read. */
  readonly indices: readonly number[];
  /** The other examples, with the reason. */
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
}

/**
 * Reads every example once before training, to exclude broken ones from the split.
 * @throws if no example can be read, or none of a class; with `strict`, if any cannot be read
 */
export async function readableExamples(
  examples: ReadExamples,
  { examples: listed, names }: RunData,
  {
    strict,
    noun: [one, many],
    objective,
    progress,
  }: {
    readonly strict: boolean;
    readonly noun: readonly [string, string];
    readonly objective: Objective;
    readonly progress: RunProgress;
  },
): Promise<ReadableExamples> {
  const loader = new Loader(examples, { batchSize: 16, quarantineLimit: 1, collate: (_, indices) => indices });
  const indices: number[] = [];
  const refuse = (message: string, place?: string): never => {
    throw new GraftError(message, { code: 'data.read', place });
  };
  for await (const batch of loader) {
    indices.push(...batch);
    const [broken] = loader.quarantined;
    if (strict && broken) break;
    progress.count(`reading ${many}`, indices.length + loader.quarantined.length, examples.length);
    await progress.breathe();
  }
  const { quarantined } = loader;
  if (strict && quarantined[0])
    refuse(`${quarantined[0].reason} Without the option strict, it is left out.`, quarantined[0].path);
  if (!indices.length)
    refuse(`None of the ${quarantined.length} ${many} can be read. The first: ${quarantined[0]!.reason}`);
  if (objective.exclusive) {
    const readable = new Set(indices.map((index) => listed[index]!.label));
    for (const [label, name] of names.entries()) {
      if (readable.has(label)) continue;
      const broken = quarantined.filter(({ index }) => listed[index]!.label === label);
      refuse(
        broken.length
          ? `No ${one} of the class "${name}" can be read (${broken.length} tried). The first: ${broken[0]!.reason}`
          : `The class "${name}" has no ${many}. Add some, or remove the class.`,
      );
    }
  }
  for (const { reason } of quarantined) progress.warn(`left out ${withArticle(one)}: ${reason}`, 'data');
  return {
    indices,
    quarantined: quarantined.map(({ index, path, reason }) => ({ place: path ?? listed[index]!.name, reason })),
  };
}
