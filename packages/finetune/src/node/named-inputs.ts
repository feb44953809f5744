import { extname } from 'node:path';
import { type ExampleFile, openExamples, type ReadingOptions } from '@graft/data';
import { diskFile, exampleFiles, isTable, namedPaths } from '@graft/data/node';
import type { Context } from '@graft/plugin';
import type { OpenedRun } from '../open-run.ts';
import { readingAfter, readingOf } from '../reading-of.ts';
import { sourceOptionsOf } from '../run-data.ts';

/** An input to predict, and its name in the output. */
export interface NamedInput {
  readonly name: string;
  /** What `predict` takes. */
  readonly input: unknown;
}

/** Options of {@link namedInputs}. */
export interface NamedInputsOptions extends ReadingOptions {
  /** Lines of paths, for the name `-`; default the standard input. */
  readonly stdin?: AsyncIterable<string>;
}

/**
 * The inputs that command-line arguments name: files, the examples of folders and of their subfolders, the rows of tables, and `-` for the paths on stdin, one per line.
 * A row without an input is one that cannot be read, and so is a folder or table without examples among other arguments.
 * @throws if no argument names an input
 */
export async function namedInputs(
  context: Context,
  { modality, summary }: Pick<OpenedRun, 'modality' | 'summary'>,
  named: readonly string[],
  { stdin, ...options }: NamedInputsOptions = {},
): Promise<readonly NamedInput[]> {
  const reading = readingOf(options);
  const [, many] = modality.noun;
  const rowsOf = async (table: string): Promise<NamedInput[]> => {
    const { columns } = await openExamples(context, table, sourceOptionsOf(modality, reading));
    const how = readingAfter(summary, reading, columns);
    const examples = await openExamples(context, table, sourceOptionsOf(modality, how));
    return examples.list.map((example) => {
      try {
        const input = modality.inputOf(example, examples);
        return { name: modality.nameOf(input), input };
      } catch (error) {
        const { place } = example;
        return { name: place, input: unreadable(place, `${place} ${(error as Error).message}`) };
      }
    });
  };
  const filesOf = async (path: string): Promise<NamedInput[]> =>
    (await exampleFiles(path, { ...sourceOptionsOf(modality, reading), noun: modality.noun })).map((file) => ({
      name: file.path,
      input: diskFile(file.path, { reason: file.reason }),
    }));
  const found: NamedInput[] = [];
  const refused: Error[] = [];
  let hasTable = false;
  for await (const path of namedPaths(named, stdin)) {
    const isList = isTable(path) && !modality.extensions.includes(extname(path).toLowerCase());
    hasTable ||= isList;
    try {
      found.push(...(await (isList ? rowsOf(path) : filesOf(path))));
    } catch (error) {
      refused.push(error as Error);
      found.push({ name: path, input: unreadable(path, (error as Error).message) });
    }
  }
  if (refused.length === found.length && refused[0]) throw refused[0];
  for (const option of ['pathColumn', 'pathRoot', 'textColumn'] as const)
    if (reading[option] !== undefined && !hasTable)
      throw new Error(`The option ${option} is for tables, but no table is given. Remove the option.`);
  if (found.length) return found;
  throw new Error(
    `There are no ${many} to read. Give files, tables, folders with ${many}, or - with one path per line on stdin.`,
  );
}

const unreadable = (name: string, reason: string): ExampleFile => ({
  name,
  bytes: () => Promise.reject(new Error(reason)),
});
