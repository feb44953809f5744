import { service, type Service } from '@graft/plugin';

/** A row of a table: texts from CSV, any JSON from JSON lines, typed values from Parquet. */
export type Row = Readonly<Record<string, unknown>>;

/** A file among examples. Its bytes are read when they are needed. */
export interface ExampleFile {
  /** What messages call it: its path, or its name within an archive. */
  readonly name: string;
  /** @throws with one sentence that names the file, where it cannot be read */
  bytes(): Promise<Uint8Array>;
}

/** What an example is made of: a file, or a value such as a text. */
export type ExampleInput = ExampleFile | string;

/** One example as a source lists it: nothing of it has been read yet. */
export interface SourceExample {
  /** Where it is, for messages: the path of its file, or `Row 3 of "labels.csv"`. */
  readonly place: string;
  /** The file, where the source knows it; in a table a column names it. */
  readonly file?: ExampleFile;
  /** What the source says about it: the columns of its row, or its class folder as `label`. */
  readonly fields: Row;
}

/** Examples that a source found. */
export interface Examples {
  /** What names are shown relative to, such as the folder. */
  readonly root: string;
  readonly list: readonly SourceExample[];
  /** Class names in order, where the source has them, as class folders do. */
  readonly classes?: readonly string[];
  /** Columns that examples may have, where the source is a table. */
  readonly columns?: readonly string[];
  /** Files that are not examples, relative to the root. */
  readonly ignored: readonly string[];
  /** A file that a column names. @throws where the path leads out of the source */
  file(path: string): ExampleFile;
}

/** What a source looks for. */
export interface SourceOptions {
  /** Endings of files that are examples, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** What examples are called in messages, such as `images`. */
  readonly noun: string;
}

/** Opens a file by the path that a caller gives: on disk in Node, by address in a browser. */
export const fileOpener: Service<(path: string) => ExampleFile> = service('file opener');
