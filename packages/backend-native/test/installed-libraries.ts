import { basename } from 'node:path';
import { findLibraries } from '../src/node/find-library.ts';

/** The file of each kind of library on this machine, for tests; GRAFT_ONEDNN_2 and GRAFT_ONEDNN_3 name those in other places. */
export const installed: Readonly<Record<'blas' | 'oneDnn2' | 'oneDnn3', string | undefined>> = {
  blas: findLibraries('blas')[0],
  oneDnn2: process.env['GRAFT_ONEDNN_2'] ?? oneDnn('2'),
  oneDnn3: process.env['GRAFT_ONEDNN_3'] ?? oneDnn('3'),
};

function oneDnn(major: string): string | undefined {
  return findLibraries('oneDnn').find((path) => new RegExp(`\\b(so|dylib)?\\.?${major}\\b`).test(basename(path)));
}
