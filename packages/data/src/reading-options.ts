/** How the examples of a location are found and read, whatever their kind. */
export interface ReadingOptions {
  /** Whether links that lead out of the data are followed; by default they are refused, because data of someone else may link to any file. */
  readonly followLinks?: boolean | undefined;
}
