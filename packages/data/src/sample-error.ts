/** An error that knows which file it is about; the loader lists that file. */
export class SampleError extends Error {
  readonly path: string | undefined;

  constructor(message: string, { path, cause }: { path?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'SampleError';
    this.path = path;
  }
}
