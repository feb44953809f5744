/** How the examples of a location are found and read, whatever their kind. */
export interface ReadingOptions {
  /** Whether links that lead out of the data are followed; by default they are refused, because data of someone else may link to any file. */
  readonly followLinks?: boolean | undefined;
  /** The table column with the paths of files; default `path` or another usual name. */
  readonly pathColumn?: string | undefined;
  /** The folder that the paths in a table are relative to and must stay inside; default the folder of the table. */
  readonly pathRoot?: string | undefined;
  /** The table column with texts; default `text`. */
  readonly textColumn?: string | undefined;
  /** What separates the labels in a cell; default `|`, `;` or `,`, the first of them that occurs. */
  readonly labelSeparator?: string | undefined;
}
