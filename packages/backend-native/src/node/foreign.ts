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

/** koffi, or undefined if it is not installed. */
export async function foreignFunctions(): Promise<ForeignFunctions | undefined> {
  try {
    const { createRequire } = await import('node:module');
    const path = createRequire(import.meta.url).resolve('koffi');
    const { default: koffi } = await import('koffi');
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
  } catch {
    return undefined;
  }
}
