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
  /** Rank of the adapters; default 8. */
  readonly rank?: number;
  /** Adapters are scaled by alpha / rank; default twice the rank. */
  readonly alpha?: number;
  /** Which weights get an adapter; by default, those of all linear layers and 1×1 convolutions that are larger than the rank. */
  readonly which?: ParameterSelection;
  /** Seed of the adapters' initial values. */
  readonly seed?: number;
}

/**
 * LoRA: freezes a module or imported graph and adds low-rank adapters to its weights, W + α/r · up · down (Hu et al. 2021).
 * Outputs are unchanged at first, because `up` starts at 0. Only the adapters are trained and need saving; a step takes as long as without them.
 * @throws if a selected weight is not a matrix, or no weight can be adapted
 */
export const lora = <In extends ModuleInput>(base: Module<In>, options: LoraOptions = {}): LoraModule<In> =>
  new LoraModule(base, options);

/** A module with {@link lora} adapters. Its parameters are `base.…`, which are frozen, and `adapters.<weight>.up` and `.down`. */
export class LoraModule<In extends ModuleInput = Tensor> extends Module<In> {
  readonly base: Module<In>;
  readonly adapters: ReadonlyMap<string, LowRank>;

  constructor(base: Module<In>, { rank = 8, alpha = 2 * rank, which, seed = 0 }: LoraOptions) {
    super();
    if (!(Number.isInteger(rank) && rank > 0))
      throw new Error(`lora expects rank to be an integer of 1 or more, got ${rank}.`);
    if (!(Number.isFinite(alpha) && alpha > 0))
      throw new Error(`lora expects alpha to be a number above 0, got ${alpha}.`);
    if ([...base.modules()].some(([, module]) => module instanceof Checkpoint))
      throw new Error(
        'lora cannot adapt weights inside a Checkpoint, which reads them again in the backward pass. Wrap the result of lora() in a Checkpoint instead.',
      );
    const selected = which && selectParameters(base, which);
    const adapters = new Map<string, LowRank>();
    for (const [path, parameter] of base.parameters()) {
      if (selected ? !selected.has(parameter) : !isMatrix(parameter) || Math.min(...matrixShape(parameter)) <= rank)
        continue;
      if (!isMatrix(parameter))
        throw new Error(
          `lora can only adapt weights of linear layers and 1×1 convolutions, but "${path}" is ${showShape(parameter.value.shape)} of ${parameter.value.dtype}. Exclude it from "which".`,
        );
      adapters.set(path, new LowRank(parameter, rank, alpha / rank));
    }
    if (!adapters.size)
      throw new Error(
        `lora found no weight of a linear layer or 1×1 convolution that is larger than rank ${rank}. Use a smaller rank, or train the model itself.`,
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

  /** The adapters as one group. The base's weights are in no group, which keeps them frozen. */
  override layerGroups(): ReturnType<Module['layerGroups']> {
    return [{ name: 'lora', parameters: [...this.adapters.values()].flatMap(({ up, down }) => [up, down]) }];
  }

  /** Adds the adapters to the base's weights and returns the base, which is as fast and as large as before and can be exported. Do not use this module afterwards. */
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

/** Runs a function while the base's weights are replaced by the adapted ones. */
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

/** An adapter of one weight: α/r · up [rows, rank] · down [rank, columns]. */
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

  /** `down` is uniform within ±1/√columns, `up` is 0. */
  override reset(random: Random): void {
    const bound = 1 / Math.sqrt(this.down.value.shape[1]!);
    initialise(this.down, uniform(-bound, bound), random);
    initialise(this.up, constant(0), random);
  }

  /** The adapted weight. */
  of(value: Tensor): Tensor {
    return add(value, reshape(mul(matmul(this.up.value, this.down.value), this.scale), value.shape));
  }

  override forward(x: Tensor): Tensor {
    return this.of(x);
  }
}

/** Whether a parameter is the weight of a linear layer or a 1×1 convolution. */
const isMatrix = ({ kind, value: { shape, dtype } }: Parameter): boolean =>
  kind === 'weight' && dtype === 'float32' && shape.length >= 2 && shape.slice(2).every((length) => length === 1);

const matrixShape = ({ value: { shape } }: Parameter): [rows: number, columns: number] => [shape[0]!, shape[1]!];
