import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { listed } from './cells.ts';
import type { Examples, SourceOptions } from './examples.ts';
import type { ReadingOptions } from './reading-options.ts';

/** Opens examples from a kind of location, such as a table or a folder with one folder per class. */
export interface DatasetSource extends Named {
  /** What it opens, for messages, such as `a folder with one folder per class`. */
  readonly opens: string;
  /** Whether it can open a location, decided by its type and file extension. */
  accepts(location: unknown): boolean | Promise<boolean>;
  /**
   * Lists examples without reading them.
   * @param context the app or scope, which provides services such as `fileOpener`
   * @throws an error that says what was found and what was expected
   */
  open(location: unknown, options: SourceOptions, context: Context): Promise<Examples>;
}

/** The extension point for dataset sources. */
export const datasetSource: ExtensionPoint<DatasetSource> = extensionPoint(
  'dataset source',
  'the data of a run: the first source that accepts it, plugins first',
);

/**
 * Opens examples with the first source that accepts their location; sources of plugins come before the standard ones.
 * @throws if no source accepts it, with the locations that can be opened, or the options name columns that it does not have
 */
export async function openExamples(context: Context, location: unknown, options: SourceOptions): Promise<Examples> {
  const sources = context.all(datasetSource).toReversed();
  const shown = typeof location === 'string' ? `"${location}"` : `This data (${kindOf(location)})`;
  for (const source of sources)
    if (await source.accepts(location))
      return withReading(await source.open(location, options, context), options, shown);
  throw new Error(
    `${shown} cannot be opened as ${options.noun}. ${sources.length ? `Pass ${sources.map(({ opens }) => opens).join(', or ')}` : 'Install a plugin that adds a dataset source'}.`,
  );
}

/** Examples with the options that say how their columns are read. @throws if there are no such columns */
function withReading(
  examples: Examples,
  { followLinks, pathColumn, pathRoot, textColumn, labelSeparator }: ReadingOptions,
  shown: string,
): Examples {
  const columns = { pathColumn, textColumn };
  const { columns: known } = examples;
  for (const [option, value] of Object.entries({ ...columns, pathRoot, labelSeparator }))
    if (value !== undefined && !known)
      throw new Error(`The option ${option} is for tables, but ${shown} is not a table. Remove the option.`);
  for (const [option, column] of Object.entries(columns))
    if (column !== undefined && !known?.includes(column))
      throw new Error(
        `${shown} has no column ${JSON.stringify(column)}; it has: ${listed(known ?? [])}. Set the option ${option} to one of these.`,
      );
  return { ...examples, reading: { followLinks, pathColumn, pathRoot, textColumn, labelSeparator } };
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;
