import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll } from 'vitest';

/** A folder that is gone after the file's tests. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-demo-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What onnxruntime makes of a batch. */
export async function runInOnnxruntime(
  model: Uint8Array,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const results = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, [...shape]) });
    return results[session.outputNames[0]!]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** The greatest difference as a share of the greatest value. */
export function relativeDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [difference, greatest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - wanted[i]!));
    greatest = Math.max(greatest, Math.abs(wanted[i]!));
  }
  return got.length === wanted.length ? difference / greatest : Number.NaN;
}
