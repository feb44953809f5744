import { type AnyModule, namesReadBy } from '@graft/layers';
import type { DType, Shape } from '@graft/tensor';
import { portDType } from './infer-shapes.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { ValuePort } from './proto/read-model.ts';

/** A dimension of an input or a value: its size, or a name if it is dynamic. Equal names mean equal sizes. */
export type Dimension = number | string;

/** Describes one input of an exported model. */
export interface ExportInput {
  /** Including the batch: `['batch', 'sequence']`. A name is a dynamic dimension, the same wherever it occurs. Default: that of the imported model's input of this name. */
  readonly shape?: readonly Dimension[];
  /** Default: that of the imported model's input of this name, otherwise float32. */
  readonly dtype?: DType;
}

/** Describes the inputs of an exported model. */
export interface InputOptions {
  /**
   * Shape of the only input, without the batch: [3, 224, 224]. Default: that of the imported model. A dynamic size of the file stays
   * dynamic if the whole model supports every size; otherwise it becomes the size given here.
   */
  readonly inputShape?: Shape;
  /** Default: the imported model's, otherwise float32. Models that begin with an embedding take integers: int64. */
  readonly inputDType?: DType;
  /** Default: the imported model's, otherwise `input`. */
  readonly inputName?: string;
  /** Each input by name, for models with several: `{ input_ids: { shape: ['batch', 'sequence'], dtype: 'int64' } }`. Default: the imported model's. */
  readonly inputs?: Readonly<Record<string, ExportInput>>;
  /** Sizes of dynamic dimensions by name at which the model runs, if it does not run at small ones: `{ samples: 16000 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** One input as in the exported file. */
export interface PlannedInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
}

/** How a module is called for export. */
export interface InputPlan {
  /** Whether the module takes inputs by name. */
  readonly named: boolean;
  /** Whether the names were given: they then also apply to inputs of an imported graph. */
  readonly chosen: boolean;
  readonly inputs: readonly PlannedInput[];
  /** Dynamic dimensions with a given size, used if the model cannot keep them dynamic. */
  readonly samples: ReadonlyMap<string, number>;
  /** Sizes of other dynamic dimensions at which the model runs. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Dynamic dimensions without a name in the file. */
  readonly unnamed: ReadonlySet<string>;
}

/**
 * Derives a module's inputs from the options and the imported graph inside it.
 * @throws if these are insufficient or contradictory
 */
export function planInputs(module: AnyModule, imported: OnnxModel | undefined, options: InputOptions): InputPlan {
  const unnamed = new Set<string>();
  const sizes = new Map(Object.entries(options.sizes ?? {}));
  const ports = new Map(imported?.file.inputs.map((port) => [port.name, port]));
  const dimsOf = ({ name, shape }: ValuePort): readonly Dimension[] | undefined =>
    shape?.map((dim, i) => {
      if (dim !== null) return dim;
      if (i === 0) return 'N';
      unnamed.add(`${name}.${i}`);
      return `${name}.${i}`;
    });
  const byName = (name: string, { shape, dtype }: ExportInput): PlannedInput => {
    const port = ports.get(name);
    const dims = shape ?? (port && dimsOf(port));
    if (!dims)
      throw new Error(
        `The shape of the input "${name}" is unknown. Give it including the batch: inputs: { '${name}': { shape: ['batch', 'sequence'] } }.`,
      );
    for (const dim of dims)
      if (dim === '' || (typeof dim === 'number' && !(Number.isInteger(dim) && dim >= 0)))
        throw new Error(
          `A dimension of the input "${name}" must be a positive integer or a name, got ${JSON.stringify(dim)} in ${JSON.stringify(dims)}.`,
        );
    const own = port && portDType(port, imported!);
    if (own && dtype && own !== dtype && dtype !== port.dtype)
      throw new Error(`The input "${name}" holds ${own} values in the imported file, but ${dtype} was requested.`);
    return { name, shape: dims, dtype: own ?? dtype ?? 'float32' };
  };

  if (options.inputs) {
    if (options.inputShape || options.inputDType || options.inputName)
      throw new Error(
        'Give either inputs, or inputShape, inputDType and inputName for a model with one input, not both.',
      );
    const inputs = Object.entries(options.inputs).map(([name, input]) => byName(name, input));
    if (inputs.length === 0) throw new Error('inputs is empty. Name each input of the model.');
    const named = inputs.length > 1 || namesReadBy(module).includes(inputs[0]!.name);
    return { named, chosen: true, inputs, samples: new Map(), sizes, unnamed };
  }
  if (imported && imported.inputs.length > 1 && !options.inputShape)
    return {
      named: true,
      chosen: true,
      inputs: imported.inputs.map((name) => byName(name, {})),
      samples: new Map(),
      sizes,
      unnamed,
    };
  const port = imported?.inputs.length === 1 ? ports.get(imported.inputs[0]!) : undefined;
  const given = options.inputShape;
  const known = port && dimsOf(port);
  if (!given && !known)
    throw new Error('The shape of the input is unknown. Give it without the batch: inputShape: [3, 224, 224].');
  const samples = new Map<string, number>();
  const isOfRank = given !== undefined && known?.length === given.length + 1;
  const rest = (given ?? known!.slice(1)).map((size, i): Dimension => {
    const dim = isOfRank ? known[i + 1] : undefined;
    if (!given || typeof dim !== 'string') return size;
    samples.set(dim, size as number);
    return dim;
  });
  return {
    named: false,
    chosen: options.inputName !== undefined,
    inputs: [
      {
        name: options.inputName ?? 'input',
        dtype: options.inputDType ?? (port ? portDType(port, imported!) : 'float32'),
        shape: [known?.[0] ?? 'N', ...rest],
      },
    ],
    samples,
    sizes,
    unnamed,
  };
}

/** The same plan with dynamic dimensions replaced by the given sizes. */
export const withSamples = (plan: InputPlan): InputPlan => ({
  ...plan,
  inputs: plan.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim) => (typeof dim === 'string' ? (plan.samples.get(dim) ?? dim) : dim)),
  })),
  samples: new Map(),
});
