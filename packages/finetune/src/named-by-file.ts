import { GraftError } from '@graft/plugin';

/**
 * Runs a function that creates what a run file names, such as its task or a callback.
 * @param file put before the message of an error about a name or an option, because the user did not give it
 */
export async function namedByFile<T>(file: string, create: () => T | Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof GraftError) || error.code !== 'options.value' || error.message.includes(file)) throw error;
    const { message, code, hint } = error;
    throw new GraftError(`"${file}": ${message}`, { code, hint, place: file, cause: error });
  }
}
