import { createRequire } from 'node:module';
import type { Address } from '../blas.ts';

/** A function of a library. */
export type Foreign = (...args: readonly unknown[]) => unknown;

/** An open library. */
export interface ForeignLibrary {
  /**
   * A function by its C declaration, such as `int f(void *x)`.
   * @throws if the library does not have it
   */
  func(declaration: string): Foreign;
}

/** Calls functions of C libraries: the part of koffi that is used here. */
export interface ForeignFunctions {
  /** @throws if the file cannot be loaded */
  load(path: string): ForeignLibrary;
  /** The address of an array's first byte. */
  address(array: ArrayBufferView): Address;
  /** Reads signed 32-bit integers of a structure. */
  integers(structure: unknown, count: number): readonly number[];
  /** The module's own path, for a child process. */
  readonly path: string;
}

/** A second handle, which is never closed. */
export const DLOPEN = 'void *dlopen(str path, int flags)';
export const RTLD_NOW = 2;

/** koffi, or a sentence that says why it cannot be used. @param name of the module, for tests */
export async function foreignFunctions(name = 'koffi'): Promise<ForeignFunctions | string> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(name);
  } catch {
    return `The package ${name}, which calls native libraries, is not installed: run npm install ${name}.`;
  }
  let koffi: typeof import('koffi').default;
  try {
    ({ default: koffi } = (await import(name)) as typeof import('koffi'));
  } catch (error) {
    return `The package ${name}, which calls native libraries, cannot be loaded: ${(error as Error).message}`;
  }
  return {
    load(file) {
      const library = koffi.load(file);
      // koffi closes libraries when Node.js exits, while threads of OpenMP still run their code: the process would crash.
      if (process.platform !== 'win32') koffi.load(null).func(DLOPEN)(file, RTLD_NOW);
      return library as ForeignLibrary;
    },
    address: (array) => BigInt(koffi.address(array)),
    integers: (structure, count) => koffi.decode(structure, 'int32_t', count) as number[],
    path,
  };
}
