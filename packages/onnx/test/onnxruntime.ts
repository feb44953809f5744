import * as ort from 'onnxruntime-node';
import { type DType, type HostArray, type Tensor, tensor, toArray } from '@graft/tensor';
import { expect } from 'vitest';
import { importOnnx, type OnnxModel } from '../src/index.ts';

ort.env.logLevel = 'error'; // it warns about every unused initializer

/** onnxruntime's results for a model, by name: the reference for imports. */
export async function runInOnnxruntime(
  model: Uint8Array,
  inputs: Readonly<Record<string, HostArray>>,
): Promise<Record<string, HostArray>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => [
    name,
    new ort.Tensor(dtype as 'float32', data as Float32Array, [...shape]),
  ]);
  const results = await session.run(Object.fromEntries(feeds) as Record<string, ort.Tensor>);
  const entries = Object.entries(results).map(([name, value]): [string, HostArray] => [
    name,
    { shape: value.dims, dtype: value.type as DType, data: toArray(value.data as Float32Array, value.type as DType) },
  ]);
  await session.release();
  return Object.fromEntries(entries);
}

/** Runs an imported model on host values. */
export const runImported = (model: OnnxModel, inputs: Readonly<Record<string, HostArray>>): Map<string, Tensor> =>
  model.call(
    new Map(Object.entries(inputs).map(([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })])),
  );

/** Expects the import to match onnxruntime: shape, dtype, and values within a fraction of the largest. */
export async function expectSameAsOnnxruntime(
  model: Uint8Array,
  inputs: Readonly<Record<string, HostArray>>,
  tolerance = 1e-5,
): Promise<void> {
  const wanted = await runInOnnxruntime(model, inputs);
  const got = runImported(importOnnx(model, { halves: 'keep' }), inputs);
  for (const [name, one] of Object.entries(wanted)) {
    const own = got.get(name)!;
    expect({ name, shape: own.shape, dtype: own.dtype }).toEqual({ name, shape: one.shape, dtype: one.dtype });
    expectClose(own.arraySync(), one.data, tolerance);
  }
}

/** Expects the maximum difference to be within a fraction of the largest value. */
export function expectClose(
  got: ArrayLike<number | bigint>,
  wanted: ArrayLike<number | bigint>,
  tolerance: number,
): void {
  let [difference, greatest, at] = [0, 1e-30, 0];
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [Number(got[i]), Number(wanted[i])];
    if (Object.is(a, b) || a === b) continue;
    if (Number.isFinite(b)) greatest = Math.max(greatest, Math.abs(b));
    if (!(Math.abs(a - b) <= difference)) [difference, at] = [Math.abs(a - b), i]; // NaN counts as a difference
  }
  expect(
    difference / greatest,
    `maximum difference at ${at}: ${got[at]} where onnxruntime has ${wanted[at]}`,
  ).toBeLessThanOrEqual(tolerance);
}
