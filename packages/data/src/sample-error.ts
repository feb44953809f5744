/** An error with the path of the file that caused it, which the loader lists. */
export class SampleError extends Error {
  readonly path: string | undefined;

  constructor(message: string, { path, cause }: { path?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'SampleError';
    this.path = path;
  }
}
