import type { Blas } from '../blas.ts';
import type { OneDnn } from '../one-dnn.ts';
import { checkLibrary } from './check-library.ts';
import { findLibraries, type LibraryKind, variables } from './find-library.ts';
import { type ForeignFunctions, foreignFunctions } from './foreign.ts';
import type { JsonFile } from './json-file.ts';
import { loadBlas } from './load-blas.ts';
import { loadOneDnn } from './load-one-dnn.ts';

/** Which library files to use. */
export interface LibraryOptions {
  /** Path of a CBLAS library, or `none`. Default: the environment variable GRAFT_BLAS, otherwise OpenBLAS, BLIS, MKL or Accelerate where they are usually installed. */
  readonly blas?: string;
  /** Path of oneDNN, version 2 or 3, or `none`. Default: the environment variable GRAFT_ONEDNN, otherwise where it is usually installed. */
  readonly oneDnn?: string;
}

/** The libraries that are usable here. */
export interface NativeLibraries {
  readonly foreign?: ForeignFunctions;
  readonly blas?: Blas;
  readonly oneDnn?: OneDnn;
  /** A sentence for each library that is missing or cannot be used. */
  readonly problems: readonly string[];
}

/** What is missing, and how to get it. */
const missing: Readonly<Record<LibraryKind, string>> = {
  blas: 'No CBLAS library was found, which makes matrix products faster: install OpenBLAS (Debian: libopenblas0, Homebrew: openblas)',
  oneDnn:
    'oneDNN was not found, which makes convolutions and their gradients faster: install it (Debian: libdnnl2, PyPI: onednn-cpu-gomp)',
};

/** Finds, checks and loads the libraries. Without koffi, or a library that passes its self-test, it says so in `problems`. */
export async function nativeLibraries(
  { blas, oneDnn }: LibraryOptions,
  { threads, passed }: { readonly threads: number; readonly passed: JsonFile },
): Promise<NativeLibraries> {
  const foreign = await foreignFunctions();
  if (typeof foreign === 'string') return { problems: [foreign] };
  // Idle threads of the libraries would otherwise wait by spinning, on the cores that WebAssembly's threads need. Read when a library is loaded.
  process.env['OMP_WAIT_POLICY'] ??= 'passive';
  process.env['OPENBLAS_THREAD_TIMEOUT'] ??= '4';
  const problems: string[] = [];
  const first = async <Loaded>(
    kind: LibraryKind,
    named: string | undefined,
    load: (foreign: ForeignFunctions, path: string, threads: number) => Loaded,
  ): Promise<Loaded | undefined> => {
    const paths = findLibraries(kind, named);
    const isOff = (named ?? process.env[variables[kind]]) === 'none';
    if (paths.length === 0 && !isOff) problems.push(`${missing[kind]}, or name its file in ${variables[kind]}.`);
    const reasons: string[] = [];
    for (const path of paths) {
      const reason = await checkLibrary(kind, path, { koffi: foreign.path, passed });
      if (reason === undefined)
        try {
          return load(foreign, path, threads);
        } catch (error) {
          reasons.push((error as Error).message);
        }
      else reasons.push(`The library "${path}" is not used: ${reason}.`);
    }
    problems.push(...reasons);
    return undefined;
  };
  const [products, convolutions] = [await first('blas', blas, loadBlas), await first('oneDnn', oneDnn, loadOneDnn)];
  return {
    foreign,
    ...(products && { blas: products }),
    ...(convolutions && { oneDnn: convolutions }),
    problems,
  };
}
