import { toNumbers } from '../../packages/tensor/src/index.ts';
import * as ort from 'onnxruntime-node';

/** onnxruntime's first output for a batch of a model's only input. */
export const runInOnnxruntime = (
  model: Uint8Array,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> => run(model, ([name]) => ({ [name!]: new ort.Tensor('float32', data, [...shape]) }));

/** One input of a batch. */
interface NamedInput {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** onnxruntime's first output for a batch of named inputs. */
export const runNamedInOnnxruntime = (
  model: Uint8Array,
  inputs: Readonly<Record<string, NamedInput>>,
): Promise<Float32Array> =>
  run(model, () =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
        name,
        new ort.Tensor(dtype as 'float32', data as Float32Array, [...shape]),
      ]),
    ),
  );

/** onnxruntime returns a Float16Array where there is one, otherwise its bits. */
const bitsOf = ({ buffer, byteOffset, length }: Uint16Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, length);

async function run(
  model: Uint8Array,
  feedsFor: (inputNames: readonly string[]) => Record<string, ort.Tensor>,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const results = await session.run(feedsFor(session.inputNames));
    const { data, type } = results[session.outputNames[0]!]!;
    return type === 'float16'
      ? Float32Array.from(toNumbers(bitsOf(data as Uint16Array), 'float16'))
      : (data as Float32Array);
  } finally {
    await session.release();
  }
}
