import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type AnyModule, onHost } from '@graft/layers';
import { sweepUnfinished, unfinishedPath } from '@graft/storage/node';
import { exportFromHost, type ExportOptions } from '../export-onnx.ts';

export interface WriteOptions extends Omit<ExportOptions, 'externalData'> {
  /** Stores the weights in a separate file, `<name>.data`, for models beyond 2 GiB. */
  readonly externalData?: boolean;
}

/**
 * Writes a module as an ONNX file, atomically.
 * @throws if an op has no ONNX form, or the model is larger than 2 GiB and `externalData` is off
 */
export async function writeOnnx(
  path: string,
  module: AnyModule,
  { externalData = false, ...options }: WriteOptions = {},
): Promise<void> {
  const beside = `${path}.data`;
  await onHost(module, () =>
    whole(externalData ? [beside, path] : [path], (append) => {
      const sink = { path: basename(beside), append: (bytes: Uint8Array) => append(beside, bytes) };
      append(path, exportFromHost(module, { ...options, ...(externalData && { externalData: sink }) }));
    }),
  );
  await sweepUnfinished(dirname(path));
}

/** Writes temporary files, and renames them in order when all are on disk. */
function whole(paths: readonly string[], write: (append: (path: string, bytes: Uint8Array) => number) => void): void {
  const parts = new Map(
    paths.map((path) => {
      const aside = unfinishedPath(path);
      return [path, { aside, file: openSync(aside, 'w'), length: 0 }];
    }),
  );
  try {
    write((path, bytes) => {
      const part = parts.get(path)!;
      const start = part.length;
      for (let at = 0; at < bytes.length;) at += writeSync(part.file, bytes, at, Math.min(bytes.length - at, 2 ** 30));
      part.length += bytes.length;
      return start;
    });
    for (const { file } of parts.values()) fsyncSync(file);
    for (const [path, { aside }] of parts) renameSync(aside, path);
  } finally {
    for (const { aside, file } of parts.values()) {
      closeSync(file);
      rmSync(aside, { force: true });
    }
  }
}
