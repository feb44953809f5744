import type { Blas } from '../blas.ts';
import type { Foreign, ForeignFunctions, ForeignLibrary } from './foreign.ts';

/** Values of CBLAS's enumerations. */
const [ROW_MAJOR, AS_IS, TRANSPOSED] = [101, 111, 112];

/** How each library is recognised, and held to a number of threads. */
const LIBRARIES: readonly {
  readonly name: string;
  readonly limit: string;
  readonly version?: string;
  readonly argument?: (threads: number) => unknown;
}[] = [
  { name: 'OpenBLAS', limit: 'void openblas_set_num_threads(int threads)', version: 'str openblas_get_config()' },
  {
    name: 'BLIS',
    limit: 'void bli_thread_set_num_threads(int64_t threads)',
    version: 'str bli_info_get_version_str()',
  },
  { name: 'MKL', limit: 'void MKL_Set_Num_Threads(int threads)' },
  // BLAS_THREADING_MULTI_THREADED is 0, BLAS_THREADING_SINGLE_THREADED 1.
  { name: 'Accelerate', limit: 'int BLASSetThreading(int how)', argument: (threads) => (threads > 1 ? 0 : 1) },
];

/**
 * Loads a CBLAS library. Load only files that passed `checkLibrary`: code of a damaged or foreign library runs in this process.
 * @param threads the maximum number of threads of its products
 * @throws a sentence if the file is not such a library
 */
export function loadBlas({ load }: ForeignFunctions, path: string, threads: number): Blas {
  const library = load(path);
  const gemm = library.func(
    'void cblas_sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, void *a, int lda, void *b, int ldb, float beta, void *c, int ldc)',
  );
  const name = limitThreads(library, threads);
  if (name === undefined)
    throw new Error(
      `"${path}" has cblas_sgemm, but no known function that limits its threads. Use OpenBLAS, BLIS, MKL or Accelerate.`,
    );
  return {
    name,
    gemm({ transposeA, transposeB, m, n, k, a, b, c, add }) {
      const [ta, tb] = [transposeA ? TRANSPOSED : AS_IS, transposeB ? TRANSPOSED : AS_IS];
      gemm(ROW_MAJOR, ta, tb, m, n, k, 1, a, transposeA ? m : k, b, transposeB ? k : n, add ? 1 : 0, c, n);
    },
  };
}

function limitThreads(library: ForeignLibrary, threads: number): string | undefined {
  const find = (declaration: string): Foreign | undefined => {
    try {
      return library.func(declaration);
    } catch {
      return undefined;
    }
  };
  for (const { name, limit, version, argument = (count: number): unknown => count } of LIBRARIES) {
    const set = find(limit);
    if (!set) continue;
    set(argument(threads));
    const detail = version && find(version)?.();
    return typeof detail === 'string' ? `${name} ${/\d+(\.\d+)+/.exec(detail)?.[0] ?? detail}` : name;
  }
  return undefined;
}
