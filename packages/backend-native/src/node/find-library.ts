import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** What a library brings. */
export type LibraryKind = 'blas' | 'oneDnn';

/** Usual file names, the fastest library first. */
const NAMES: Readonly<Record<LibraryKind, readonly string[]>> = {
  blas: [
    'libmkl_rt.so.3',
    'libmkl_rt.so.2',
    'libopenblas.so.0',
    'libopenblas.so',
    'libblis.so.4',
    'libopenblas.dylib',
    'Accelerate.framework/Accelerate',
    'libopenblas.dll',
    'mkl_rt.2.dll',
  ],
  oneDnn: ['libdnnl.so.3', 'libdnnl.so.2', 'libdnnl.3.dylib', 'libdnnl.2.dylib', 'dnnl.dll'],
};

/** The environment variables that name a library's file, or `none`. */
export const variables: Readonly<Record<LibraryKind, string>> = { blas: 'GRAFT_BLAS', oneDnn: 'GRAFT_ONEDNN' };

/** Where systems and package managers install libraries. */
function folders(): readonly string[] {
  const { env, arch, platform } = process;
  const listed = (name: string, by: string): string[] => env[name]?.split(by).filter(isAbsolute) ?? [];
  if (platform === 'win32') return listed('PATH', ';');
  const triple = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch as string];
  return [
    ...listed('LD_LIBRARY_PATH', ':'),
    ...(triple ? [`/usr/lib/${triple}`] : []),
    '/usr/local/lib',
    '/usr/lib64',
    '/usr/lib',
    '/opt/intel/oneapi/mkl/latest/lib',
    '/opt/intel/oneapi/dnnl/latest/lib',
    '/opt/homebrew/opt/openblas/lib',
    '/opt/homebrew/opt/onednn/lib',
    '/usr/local/opt/openblas/lib',
    '/System/Library/Frameworks',
  ];
}

/**
 * The files to try for a kind of library, in order.
 * @param named a path, or `none`; default the environment variable, then usual places
 */
export function findLibraries(kind: LibraryKind, named: string | undefined = process.env[variables[kind]]): string[] {
  if (named === 'none') return [];
  if (named) return [resolve(named)];
  const found = NAMES[kind].flatMap((name) => folders().map((folder) => join(folder, name)));
  // The system's frameworks on macOS have no file of their own.
  const isThere = (path: string): boolean =>
    existsSync(path) || (process.platform === 'darwin' && path.startsWith('/System/Library/Frameworks/Accelerate'));
  return [...new Set(found.filter(isThere).map((path) => (existsSync(path) ? realpathSync(path) : path)))];
}
