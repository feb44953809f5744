import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Examples, SourceOptions } from './examples.ts';

/** A way to find examples, such as a folder for each class or a table. */
export interface DatasetSource extends Named {
  /** What it opens, for messages: `a folder with one folder per class`. */
  readonly opens: string;
  /** Whether it opens this, judged by kind and ending. */
  accepts(location: unknown): boolean | Promise<boolean>;
  /**
   * Lists examples without reading them.
   * @param context the app or scope that opens them, with its services, such as `fileOpener`
   * @throws with one sentence that says what was found and what was expected
   */
  open(location: unknown, options: SourceOptions, context: Context): Promise<Examples>;
}

/** Data set sources, by name. */
export const datasetSource: ExtensionPoint<DatasetSource> = extensionPoint(
  'dataset source',
  'data of a run: the first source that accepts it, those of plugins first',
);

/**
 * Opens examples with the first source that accepts their location; sources of plugins come before the standard ones.
 * @throws where no source accepts it, with what can be opened
 */
export async function openExamples(context: Context, location: unknown, options: SourceOptions): Promise<Examples> {
  const sources = context.all(datasetSource).toReversed();
  for (const source of sources) if (await source.accepts(location)) return source.open(location, options, context);
  const shown = typeof location === 'string' ? `"${location}"` : `This data (${kindOf(location)})`;
  throw new Error(
    `${shown} cannot be opened as ${options.noun}. Give ${sources.map(({ opens }) => opens).join(', or ') || 'an app with a data set source'}.`,
  );
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;
