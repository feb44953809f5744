import * as ort from 'onnxruntime-node';

/** onnxruntime's first output for a batch. */
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
