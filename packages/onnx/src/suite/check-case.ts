import { inference, TrainingRun } from '@graft/layers';
import {
  type AnyBackend,
  type DType,
  isFloat,
  js,
  Random,
  scope,
  showShape,
  type Tensor,
  tensor,
  toNumbers,
  type TypedArray,
  upload,
} from '@graft/tensor';
import { elementsOf, kindOf, presentIn, textsIn } from '../collections.ts';
import { importOnnx } from '../import-onnx.ts';
import type { OnnxOperator } from '../operator.ts';
import { readModel, type ValuePort } from '../proto/read-model.ts';
import { readValue } from '../proto/read-value.ts';

/** One case of the ONNX backend suite: a model, and files with its inputs and outputs, in order. */
export interface BackendCase {
  readonly model: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** Options of {@link checkCase}. */
export interface CheckOptions {
  /** The backend for floats; integers stay on the host. Default: the host. */
  readonly backend?: AnyBackend;
  readonly operators?: readonly OnnxOperator[];
  /** Default 1e-3, as in the suite. */
  readonly relative?: number;
  /** Default 1e-7. */
  readonly absolute?: number;
  /** Checks outputs that are random instead of comparing their values; the model then runs in training. Returns what is wrong, if anything. */
  readonly random?: (values: CaseNumbers) => string | undefined;
}

/** The numbers of a case's inputs and of a model's outputs, by name. */
export interface CaseNumbers {
  readonly inputs: ReadonlyMap<string, readonly number[]>;
  readonly outputs: ReadonlyMap<string, readonly number[]>;
}

/**
 * Runs a case of the ONNX backend suite and compares kind, shape, dtype and values.
 * @throws an error that says what is wrong
 */
export async function checkCase(
  { model: bytes, inputs, outputs }: BackendCase,
  { backend = js, operators, relative = 1e-3, absolute = 1e-7, random }: CheckOptions = {},
): Promise<void> {
  const file = readModel(bytes);
  const model = importOnnx(file, { halves: 'keep', ...(operators && { operators }) });
  try {
    await model.to(backend);
    const readings = scope(() => {
      const given = new Map(
        file.inputs
          .slice(0, inputs.length)
          .map((port, i) => [port.name, placed(valueOf(inputs[i]!, port, 'Input'), backend)]),
      );
      const results = model.call(given, random ? new TrainingRun(new Random(1)) : inference);
      return file.outputs
        .slice(0, outputs.length)
        .flatMap((port, i) => compare(results.get(port.name), valueOf(outputs[i]!, port, 'Output'), port.name));
    });
    if (random) {
      const outputs = await Promise.all(readings.map(async ({ got, dtype }) => toNumbers(await got, dtype)));
      const wrong = random({
        inputs: new Map(
          file.inputs
            .slice(0, inputs.length)
            .map((port, i) => [port.name, valueOf(inputs[i]!, port, 'Input').numbers()] as const),
        ),
        outputs: new Map(readings.map(({ name }, i) => [name, outputs[i]!] as const)),
      });
      if (wrong) throw new Error(wrong);
      return;
    }
    for (const { got, wanted, dtype, place } of readings) {
      const share = dtype === 'bfloat16' ? Math.max(relative, bfloat16Steps) : relative;
      const near = (a: number, b: number): boolean => Math.abs(a - b) <= absolute + share * Math.abs(b);
      sameValues(toNumbers(await got, dtype), wanted, near, place);
    }
  } finally {
    model.dispose();
  }
}

/** Relative tolerance for bfloat16, as in the suite's own runner: two steps of its 8 significant bits. */
const bfloat16Steps = 2 ** -6;

/** The suite's generator does not support bfloat16: it stores the bits as uint16. */
export function valueOf(bytes: Uint8Array, { name, dtype }: ValuePort, end: string): Tensor {
  const value = readValue(bytes, dtype, `${end} "${name}"`);
  return dtype === 'bfloat16' && value.dtype === 'uint16'
    ? tensor(value.arraySync(), { shape: value.shape, dtype })
    : value;
}

const placed = (x: Tensor, backend: AnyBackend): Tensor =>
  kindOf(x) === 'tensor' && isFloat(x.dtype) ? upload(x, backend) : x;

/** An output whose values are being read from the backend. */
interface Reading {
  readonly got: Promise<TypedArray>;
  readonly wanted: readonly number[];
  readonly dtype: DType;
  readonly name: string;
  readonly place: string;
}

/** Compares everything but numbers, which it starts to read. */
function compare(
  got: Tensor | undefined,
  wanted: Tensor | undefined,
  name: string,
  place = `Output "${name}"`,
): Reading[] {
  if (!got || !wanted) {
    if (got !== wanted)
      throw new Error(`${place} is ${got ? 'there' : 'missing'}, but should ${wanted ? 'be there' : 'be missing'}.`);
    return [];
  }
  const kind = kindOf(wanted);
  if (kind === 'optional') return compare(presentIn(got), presentIn(wanted), name, place);
  if (kindOf(got) !== kind) throw new Error(`${place} is a ${kindOf(got)}, but should be a ${kind}.`);
  if (showShape(got.shape) !== showShape(wanted.shape))
    throw new Error(`${place} has the shape ${showShape(got.shape)}, but should have ${showShape(wanted.shape)}.`);
  if (kind === 'sequence')
    return elementsOf(wanted).flatMap((one, i) => compare(elementsOf(got)[i], one, name, `${place}, element ${i},`));
  if (kind === 'texts') {
    sameValues(textsIn(got), textsIn(wanted), () => false, place);
    return [];
  }
  if (got.dtype !== wanted.dtype) throw new Error(`${place} is ${got.dtype}, but should be ${wanted.dtype}.`);
  return [{ got: got.array(), wanted: wanted.numbers(), dtype: got.dtype, name, place }];
}

function sameValues<T>(got: readonly T[], wanted: readonly T[], near: (a: T, b: T) => boolean, place: string): void {
  for (const [i, value] of wanted.entries())
    if (got[i] !== value && !Object.is(got[i], value) && !near(got[i]!, value))
      throw new Error(`${place} is ${got[i]} at ${i}, but should be ${value}.`);
}
