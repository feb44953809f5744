import {
  Checkpoint,
  constant,
  inference,
  initialise,
  Module,
  type ModuleInput,
  type Run,
  uniform,
  weight,
} from '@graft/layers';
import {
  add,
  matmul,
  mul,
  type Parameter,
  Random,
  reshape,
  scope,
  showShape,
  type Tensor,
  upload,
} from '@graft/tensor';
import { type ParameterSelection, selectParameters } from './select-parameters.ts';

export interface LoraOptions {
  /** Columns of the matrices that learn; default 8. */
  readonly rank?: number;
  /** What they add is multiplied by alpha / rank; default alpha is twice the rank. */
  readonly alpha?: number;
  /** Which weights get an adapter; default all of linear layers and 1×1 convolutions. */
  readonly which?: ParameterSelection;
  /** Of the adapters' initial values. */
  readonly seed?: number;
}

/**
 * Puts low-rank adapters on a module, or an imported graph, whose own weights stay as they are: W becomes W + α/r · up · down (Hu et al.
 * 2021). At first nothing changes, because `up` is 0. What learns, and what is to be kept, is small; a step costs what it costs without.
 * @throws where a selected weight is no matrix, or there is none to adapt
 */
export const lora = <In extends ModuleInput>(base: Module<In>, options: LoraOptions = {}): LoraModule<In> =>
  new LoraModule(base, options);

/** A module with {@link lora} adapters: its parameters are `base.…`, which are frozen, and `adapters.<weight>.up` and `.down`. */
export class LoraModule<In extends ModuleInput = Tensor> extends Module<In> {
  readonly base: Module<In>;
  readonly adapters: ReadonlyMap<string, LowRank>;

  constructor(base: Module<In>, { rank = 8, alpha = 2 * rank, which, seed = 0 }: LoraOptions) {
    super();
    if (!(Number.isInteger(rank) && rank > 0))
      throw new Error(`A LoRA rank is a whole number of 1 or more, got ${rank}.`);
    if (!(Number.isFinite(alpha) && alpha > 0)) throw new Error(`LoRA's alpha is a number above 0, got ${alpha}.`);
    if ([...base.modules()].some(([, module]) => module instanceof Checkpoint))
      throw new Error(
        'Adapters do not reach into a Checkpoint, which reads its weights a second time. Put the Checkpoint around what lora() gives.',
      );
    const selected = which && selectParameters(base, which);
    const adapters = new Map<string, LowRank>();
    for (const [path, parameter] of base.parameters()) {
      if (selected ? !selected.has(parameter) : !isMatrix(parameter) || Math.min(...matrixShape(parameter)) <= rank)
        continue;
      if (!isMatrix(parameter))
        throw new Error(
          `Adapters go on weights of linear layers and 1×1 convolutions, and "${path}" is ${showShape(parameter.value.shape)} of ${parameter.value.dtype}. Leave it out of "which".`,
        );
      adapters.set(path, new LowRank(parameter, rank, alpha / rank));
    }
    if (!adapters.size)
      throw new Error(
        `There is no weight of a linear layer or 1×1 convolution that is larger than rank ${rank}. Take a smaller rank, or train the model itself.`,
      );
    this.base = base.freeze();
    this.adapters = adapters;
    const random = new Random(seed);
    for (const { parameter, adapter } of adapted(this)) {
      adapter.initialize(random.fork('lora', parameter.name));
      for (const slot of [adapter.up, adapter.down]) slot.take(upload(slot.value, parameter.value.backend));
    }
  }

  override forward(input: In, run: Run = inference): Tensor {
    return scope(() => whileAdapted(this, () => this.base.forward(input, run)));
  }

  /** The adapters as one group: the weights under them are in none, so that nothing unfreezes them. */
  override layerGroups(): ReturnType<Module['layerGroups']> {
    return [{ name: 'lora', parameters: [...this.adapters.values()].flatMap(({ up, down }) => [up, down]) }];
  }

  /** The base, with what the adapters add in its weights for good: as fast and as large as before, and ready for export. This module is of no use afterwards. */
  merge(): Module<In> {
    for (const { parameter, adapter } of adapted(this)) {
      parameter.take(scope(() => adapter.of(parameter.value)));
      adapter.dispose();
    }
    return this.base;
  }
}

/** The base's weights that have an adapter. */
function adapted({
  base,
  adapters,
}: LoraModule<ModuleInput>): { readonly parameter: Parameter; readonly adapter: LowRank }[] {
  return [...base.parameters()].flatMap(([path, parameter]) => {
    const adapter = adapters.get(path);
    return adapter ? [{ parameter, adapter }] : [];
  });
}

/** Runs something while adapted weights stand in the places of the base's. */
function whileAdapted<T>(module: LoraModule<ModuleInput>, run: () => T): T {
  const originals = adapted(module).map(({ parameter, adapter }) => ({
    parameter,
    adapter,
    value: parameter.value.retain(),
  }));
  try {
    for (const { parameter, adapter, value } of originals) parameter.value = adapter.of(value);
    return run();
  } finally {
    for (const { parameter, value } of originals) {
      parameter.value = value;
      value.release();
    }
  }
}

/** What is added to one weight: α/r · up [rows, rank] · down [rank, columns]. */
class LowRank extends Module {
  readonly up: Parameter;
  readonly down: Parameter;
  readonly scale: number;

  constructor(parameter: Parameter, rank: number, scale: number) {
    super();
    const [rows, columns] = matrixShape(parameter);
    this.up = weight([rows, rank]);
    this.down = weight([rank, columns]);
    this.scale = scale;
  }

  /** `down` uniform within ±1/√columns, `up` 0. */
  override reset(random: Random): void {
    const bound = 1 / Math.sqrt(this.down.value.shape[1]!);
    initialise(this.down, uniform(-bound, bound), random);
    initialise(this.up, constant(0), random);
  }

  /** A weight with it. */
  of(value: Tensor): Tensor {
    return add(value, reshape(mul(matmul(this.up.value, this.down.value), this.scale), value.shape));
  }

  override forward(x: Tensor): Tensor {
    return this.of(x);
  }
}

/** Whether a weight is a matrix: of a linear layer, or of a convolution that looks at one place. */
const isMatrix = ({ kind, value: { shape, dtype } }: Parameter): boolean =>
  kind === 'weight' && dtype === 'float32' && shape.length >= 2 && shape.slice(2).every((length) => length === 1);

const matrixShape = ({ value: { shape } }: Parameter): [rows: number, columns: number] => [shape[0]!, shape[1]!];
