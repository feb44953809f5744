import { service, type Service } from '@graft/plugin';
import type { ReadingOptions } from './reading-options.ts';

/** A row of a table: strings from CSV, any JSON from JSON lines, typed values from Parquet. */
export type Row = Readonly<Record<string, unknown>>;

/** The file of an example; its bytes are read on demand. */
export interface ExampleFile {
  /** Its name in messages: a path, or a name inside an archive. */
  readonly name: string;
  /**
   * Reads the file.
   * @param maxBytes the most bytes that the caller accepts; a file that knows its size rejects a smaller limit without reading
   * @throws an error that names the file, if it cannot be read
   */
  bytes(maxBytes?: number): Promise<Uint8Array>;
}

/** The input of an example: a file or a text. */
export type ExampleInput = ExampleFile | string;

/** An example as listed by a source, before its file is read. */
export interface SourceExample {
  /** Its location in messages: the path of its file, or `Row 3 of "labels.csv"`. */
  readonly place: string;
  /** Its file, if the source knows it; in a table, a column contains the path. */
  readonly file?: ExampleFile;
  /** The columns of its row, or its class folder as `label`. */
  readonly fields: Row;
  /** The part of the data that it belongs to, if the source defines parts. */
  readonly part?: DataPart;
}

/** The examples of a source. */
export interface Examples {
  /** The folder that displayed paths are relative to. */
  readonly root: string;
  readonly list: readonly SourceExample[];
  /** Class names in order, if the source defines them, such as class folders. */
  readonly classes?: readonly string[];
  /** The columns, if the source is a table. */
  readonly columns?: readonly string[];
  /** The options that they are read with. */
  readonly reading?: ReadingOptions;
  /** Ignored files, relative to the root. */
  readonly ignored: readonly string[];
  /** Class folders without examples, relative to the root. */
  readonly empty?: readonly string[];
  /** Sentences about the data as a whole that a user should read. */
  readonly warnings?: readonly string[];
  /** The file at a path from a column. @throws if the path leads out of the source */
  file(path: string): ExampleFile;
}

/** Which examples a source lists. */
export interface SourceOptions extends ReadingOptions {
  /** File extensions of examples, in lower case and with the dot. */
  readonly extensions: readonly string[];
  /** The name of examples in messages, such as `images`. */
  readonly noun: string;
  /** Whether a file without an extension is an example, by its first 32 bytes; by default none is. */
  readonly recognises?: (head: Uint8Array) => boolean;
  /** The fewest class folders; default 2, which training needs. */
  readonly leastClasses?: number;
  /** Stops the listing of long data: it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether examples need no class: all files of a folder are listed, whatever its folders. */
  readonly unlabelled?: boolean;
}

/** The parts that data may be divided into. */
export type DataPart = 'training' | 'validation' | 'test';

/** Opens a file by path: on disk in Node, by URL in a browser. */
export const fileOpener: Service<(path: string) => ExampleFile> = service('file opener');
