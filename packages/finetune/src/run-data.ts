import { alikeNames } from './alike-names.ts';
import { leftOut } from './left-out.ts';
import { type DataPart, openExamples, type ReadingOptions, type SourceOptions } from '@graft/data';
import { type Context, GraftError, withCode } from '@graft/plugin';
import type { Label } from '@graft/report';
import { isPlainName, type Modality, type Objective } from '@graft/tasks';
import { RunProgress, Stopped } from './run-progress.ts';
import { signalService } from './services.ts';

/** A labelled example. */
export interface RunExample {
  /** Input for the modality, such as a file. */
  readonly input: unknown;
  readonly label: Label;
  /** Path relative to the data. */
  readonly name: string;
  /** The part of the data that it belongs to, if the data is divided. */
  readonly part?: DataPart;
}

/** Labelled examples of a run. */
export interface RunData {
  /** Name of the data in messages. */
  readonly location: string;
  readonly examples: readonly RunExample[];
  /** The class, label or column of each model output. */
  readonly names: readonly string[];
  /** Target columns, if the caller named them. */
  readonly columns: readonly string[] | undefined;
  /** Paths of files that are not examples. */
  readonly ignored: readonly string[];
  /** Examples without a usable input or target. */
  readonly problems: readonly { readonly place: string; readonly reason: string }[];
  /** Sentences about the targets as a whole. */
  readonly warnings: readonly string[];
}

/** Examples after which the event loop gets a turn and the run may stop. */
const examplesBetweenChecks = 1024;

/**
 * Opens data as examples of a modality with targets of an objective.
 * @param columns table columns with the targets
 * @throws if the data cannot be opened, or most examples cannot be used
 */
export function openData(
  context: Context,
  location: unknown,
  {
    modality,
    objective,
    columns,
    leastClasses = 2,
    reading = {},
  }: {
    readonly modality: Modality;
    readonly objective: Objective;
    readonly columns?: readonly string[] | undefined;
    /** Training needs two classes, evaluation one. */
    readonly leastClasses?: number;
    readonly reading?: ReadingOptions | undefined;
  },
): Promise<RunData> {
  const where = typeof location === 'string' ? location : 'the data';
  return withCode('data.open', where, async () => {
    const progress = new RunProgress(undefined, context.find(signalService));
    const { signal } = progress;
    const found = await openExamples(context, location, {
      ...sourceOptionsOf(modality, reading),
      leastClasses,
      signal,
    }).catch((error: unknown) => {
      throw signal?.aborted ? new Stopped() : error;
    });
    await progress.breathe();
    const targets = objective.targets(found, columns);
    if (objective.exclusive && targets.names.length < leastClasses)
      throw new Error(
        `"${where}" has one ${objective.noun[0]} ("${targets.names[0]}"), but two or more are needed. Add examples of another ${objective.noun[0]}.`,
      );
    for (const name of targets.names)
      if (!isPlainName(name))
        throw new GraftError(
          `The ${objective.noun[0]} ${JSON.stringify(name)} of "${where}" has control characters, line separators or characters that reorder text in its name. Rename it.`,
          { code: 'data.name', place: where },
        );
    const problems: { place: string; reason: string }[] = [];
    const examples: RunExample[] = [];
    for (const [i, example] of found.list.entries()) {
      if (i % examplesBetweenChecks === 0) await progress.breathe();
      const label = targets.labels[i];
      const reason = targets.problems.get(i);
      if (reason !== undefined || label === undefined) {
        problems.push({ place: example.place, reason: reason ?? `${example.place} has no target.` });
        continue;
      }
      try {
        const input = modality.inputOf(example, found);
        const { part } = example;
        examples.push({ input, label, name: relativeTo(found.root, modality.nameOf(input)), ...(part && { part }) });
      } catch (error) {
        problems.push({ place: example.place, reason: `${example.place} ${(error as Error).message}` });
      }
    }
    await progress.breathe();
    if (problems.length > found.list.length / 2)
      throw new Error(
        `${problems.length} of ${found.list.length} rows cannot be used. The first: ${problems[0]!.reason} Repair or remove the rows.`,
      );
    return {
      location: where,
      examples,
      names: targets.names,
      columns: targets.columns,
      ignored: found.ignored,
      problems,
      warnings: [
        ...(found.warnings ?? []),
        ...(targets.warnings ?? []),
        ...[
          withoutExamples(found.empty ?? [], modality.noun[1]),
          leftOut(found.ignored, { used: found.list.length, noun: modality.noun }),
          alikeNames(targets.names, objective.noun[1]),
          await contradiction(examples, objective.noun[1], () => progress.breathe()),
        ].filter((warning) => warning !== undefined),
      ],
    };
  });
}

/** Which files of a folder are examples of a modality, and how they are read. */
export const sourceOptionsOf = (
  { extensions, noun, recognises }: Modality,
  reading: ReadingOptions,
): SourceOptions => ({
  ...reading,
  extensions,
  noun: noun[1],
  ...(recognises && { recognises }),
});

/** A warning about class folders without examples; undefined if there are none. */
function withoutExamples(folders: readonly string[], noun: string): string | undefined {
  if (!folders.length) return undefined;
  const some = folders.slice(0, 5).map((name) => JSON.stringify(name));
  const listed = some.join(', ') + (folders.length > 5 ? ` and ${folders.length - 5} more` : '');
  return `The ${folders.length === 1 ? 'folder' : 'folders'} ${listed} ${folders.length === 1 ? 'contains' : 'contain'} no ${noun}, so ${folders.length === 1 ? 'it is not a class' : 'they are not classes'}.`;
}

/** A warning about the first example that occurs again with another label; undefined if there is none. */
async function contradiction(
  examples: readonly RunExample[],
  noun: string,
  breathe: () => Promise<void>,
): Promise<string | undefined> {
  const labels = new Map<string, string>();
  for (const [i, { name, label }] of examples.entries()) {
    if (i % examplesBetweenChecks === 0) await breathe();
    const [before, now] = [labels.get(name), typeof label === 'number' ? String(label) : JSON.stringify(label)];
    if (before !== undefined && before !== now)
      return `"${name}" occurs more than once, with different ${noun}. Remove the wrong ones.`;
    labels.set(name, now);
  }
  return undefined;
}

/** Removes the root from a path. */
export function relativeTo(root: string, path: string): string {
  const start = root.replace(/^\.[/\\]/, '').replace(/[/\\]$/, '');
  return start !== '' && path.startsWith(start) ? path.slice(start.length).replace(/^[/\\]+/, '') || path : path;
}
