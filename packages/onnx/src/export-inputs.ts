import { type AnyModule, namesReadBy } from '@graft/layers';
import type { DType, Shape } from '@graft/tensor';
import { portDType } from './infer-shapes.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { ValuePort } from './proto/read-model.ts';

/** A dimension of an input or a value: its size, or what it is called where it is open. Equal names are equal sizes. */
export type Dimension = number | string;

/** How one input of an exported model looks. */
export interface ExportInput {
  /** With the batch: `['batch', 'sequence']`. A name is an open dimension, the same wherever it occurs. Default: that of the imported model's input of this name. */
  readonly shape?: readonly Dimension[];
  /** Default: that of the imported model's input of this name, else float32. */
  readonly dtype?: DType;
}

/** What says how the inputs of an exported model look. */
export interface InputOptions {
  /**
   * Of the one input, without the batch: [3, 224, 224]. Default: what an imported model's file says. Where the file leaves a size open it stays
   * open if the whole model follows every size, else it becomes the size given here.
   */
  readonly inputShape?: Shape;
  /** Default: the imported model's, else float32. Layers that begin with an embedding take whole numbers: int64. */
  readonly inputDType?: DType;
  /** Default: the imported model's, else `input`. */
  readonly inputName?: string;
  /** Each input by its name, for modules of several: `{ input_ids: { shape: ['batch', 'sequence'], dtype: 'int64' } }`. Default: the imported model's. */
  readonly inputs?: Readonly<Record<string, ExportInput>>;
}

/** One input, as it will be in the file. */
export interface PlannedInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
}

/** How a module is called for export. */
export interface InputPlan {
  /** Whether the module takes its inputs by name. */
  readonly named: boolean;
  /** Whether the names were given: then an input of an imported graph goes by them, too. */
  readonly chosen: boolean;
  readonly inputs: readonly PlannedInput[];
  /** Open dimensions that were given a size, which they get where the model cannot leave them open. */
  readonly samples: ReadonlyMap<string, number>;
  /** Open dimensions that have no name in the file. */
  readonly unnamed: ReadonlySet<string>;
}

/**
 * What is known about a module's inputs from the options and from the imported graph inside it.
 * @throws where that is not enough, or the two contradict each other
 */
export function planInputs(module: AnyModule, imported: OnnxModel | undefined, options: InputOptions): InputPlan {
  const unnamed = new Set<string>();
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
        `Give the shape of the input "${name}", batch included: inputs: { '${name}': { shape: ['batch', 'sequence'] } }.`,
      );
    for (const dim of dims)
      if (dim === '' || (typeof dim === 'number' && !(Number.isInteger(dim) && dim >= 0)))
        throw new Error(
          `A dimension of the input "${name}" is a whole number or a name, got ${JSON.stringify(dim)} in ${JSON.stringify(dims)}.`,
        );
    const own = port && portDType(port);
    if (own && dtype && own !== dtype)
      throw new Error(`The input "${name}" holds ${own} values in the imported file, and ${dtype} is asked for.`);
    return { name, shape: dims, dtype: dtype ?? own ?? 'float32' };
  };

  if (options.inputs) {
    if (options.inputShape || options.inputDType || options.inputName)
      throw new Error('Give inputs, or inputShape, inputDType and inputName for a model of one input; not both.');
    const inputs = Object.entries(options.inputs).map(([name, input]) => byName(name, input));
    if (inputs.length === 0) throw new Error('inputs is empty. Name each input of the model.');
    const named = inputs.length > 1 || namesReadBy(module).includes(inputs[0]!.name);
    return { named, chosen: true, inputs, samples: new Map(), unnamed };
  }
  if (imported && imported.inputs.length > 1 && !options.inputShape)
    return {
      named: true,
      chosen: true,
      inputs: imported.inputs.map((name) => byName(name, {})),
      samples: new Map(),
      unnamed,
    };
  const port = imported?.inputs.length === 1 ? ports.get(imported.inputs[0]!) : undefined;
  const given = options.inputShape;
  const known = port && dimsOf(port);
  if (!given && !known) throw new Error('Say how large an input is: inputShape: [3, 224, 224], without the batch.');
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
        dtype: options.inputDType ?? (port ? portDType(port) : 'float32'),
        shape: [known?.[0] ?? 'N', ...rest],
      },
    ],
    samples,
    unnamed,
  };
}

/** The same plan with the sizes that were given in place of open dimensions. */
export const withSamples = (plan: InputPlan): InputPlan => ({
  ...plan,
  inputs: plan.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim) => (typeof dim === 'string' ? (plan.samples.get(dim) ?? dim) : dim)),
  })),
  samples: new Map(),
});
