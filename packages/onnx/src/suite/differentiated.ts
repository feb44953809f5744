import {
  add,
  type AnyBackend,
  cast,
  type DType,
  grad,
  mul,
  Random,
  readAll,
  scope,
  sum,
  type Tensor,
  tensor,
  toArray,
  toNumbers,
  upload,
  zeros,
} from '@graft/tensor';
import type { OnnxModel } from '../onnx-model.ts';
import { floatsIn, rebuilt } from './floats-in.ts';
import { wide } from './widened.ts';

/** A tensor to differentiate with respect to: a float input, one in a sequence, or a weight. */
export interface Leaf {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}
/** Numbers for each leaf. */
export type Point = readonly (readonly number[])[];

/** Inputs up to this size are perturbed element by element; larger ones in 8 random directions, very large ones in 2. */
const [single, large] = [16, 1024];
const waysOf = (size: number): number => (size <= single ? size : size <= large ? 8 : 2);
/** Step sizes. One that agrees is enough: others may cross a kink or suffer from rounding. */
const steps = [1e-5, 1e-6, 1e-4, 1e-7];
const tolerance = 1e-5;

/** A model as a scalar function of its float inputs and weights. */
export class Differentiated {
  readonly model: OnnxModel;
  readonly leaves: readonly Leaf[];
  readonly hasFloats: boolean;
  /** The case's own numbers, leaf by leaf. */
  readonly values: Point;
  readonly #given: readonly (readonly [name: string, value: Tensor])[];
  readonly #reached: ReadonlySet<string>;
  readonly #weights: readonly string[];
  readonly #wide: DType | undefined;
  readonly #backend: AnyBackend;

  constructor(
    model: OnnxModel,
    given: readonly (readonly [string, Tensor])[],
    reached: ReadonlySet<string>,
    wide: DType | undefined,
    backend: AnyBackend,
  ) {
    this.model = model;
    this.#given = given;
    this.#reached = reached;
    this.#wide = wide;
    this.#backend = backend;
    this.#weights = [...model.weights]
      .filter(([name, { kind, value }]) => kind === 'weight' && value.size > 0 && reached.has(name))
      .map(([name]) => name);
    const fed = given.flatMap(([name, value]) =>
      reached.has(name) ? floatsIn(value).map((one) => [name, one] as const) : [],
    );
    const all = [...fed, ...this.#weights.map((name) => [name, model.weights.get(name)!.value] as const)];
    this.hasFloats = given.some(([, value]) => floatsIn(value).length > 0) && reached.size > 0;
    this.leaves = all.map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    this.values = all.map(([, one]) => one.numbers());
    for (const [, parameter] of model.parameters()) parameter.take(upload(parameter.value, backend));
  }

  /** The tensors of a point, in place of the model's own. */
  #place(point: Point): { leaves: Tensor[]; call: () => Tensor } {
    const leaves = this.leaves.map(({ dtype, shape }, i) =>
      tensor(toArray(point[i]!, this.#wide ?? dtype), { shape, dtype: this.#wide ?? dtype, backend: this.#backend }),
    );
    let next = 0;
    const values = new Map(
      this.#given.map(([name, value]) => [
        name,
        this.#reached.has(name) ? rebuilt(value, () => leaves[next++]!) : this.#fixed(value),
      ]),
    );
    for (const name of this.#weights) this.model.weights.get(name)!.value = leaves[next++]!;
    return { leaves, call: () => weighedSum(this.model, values, this.#backend) };
  }

  readonly #fixed = (value: Tensor): Tensor =>
    rebuilt(value, (one) => upload(this.#wide ? wide(one) : one, this.#backend));

  lossAt(point: Point): number {
    return scope(() => this.#place(point).call().item());
  }

  gradientsAt(point: Point): number[][] {
    return scope(() => this.#gradientsAt(point).map((one) => one.numbers()));
  }

  /** The same on any backend: computed immediately, read asynchronously. */
  readGradientsAt(point: Point): Promise<number[][]> {
    const reading = scope(() => ({ gradients: readAll(this.#gradientsAt(point)) }));
    return reading.gradients.then((all) => all.map(({ data, dtype }) => toNumbers(data, dtype)));
  }

  #gradientsAt(point: Point): Tensor[] {
    const { leaves, call } = this.#place(point);
    return grad(call, leaves);
  }

  /** Describes what is wrong with the gradient at a point, whose value may be given; undefined if it is correct. */
  mismatch(point: Point, value = this.lossAt(point)): string | undefined {
    const gradients = this.gradientsAt(point);
    const noise = 1e-7 * Math.max(1, Math.abs(value));
    for (const [k, { name }] of this.leaves.entries()) {
      const random = new Random(k);
      const size = point[k]!.length;
      const scale = greatestOf(point[k]!, 1);
      const ways = Array.from({ length: waysOf(size) }, (_, n) =>
        size > single
          ? Array.from({ length: size }, () => random.normal())
          : Array.from({ length: size }, (_unused, i) => Number(i === n)),
      );
      const rates = ways.map((way) => way.reduce((total, part, i) => total + part * gradients[k]![i]!, 0));
      const greatest = greatestOf(rates);
      for (const [n, way] of ways.entries()) {
        const moved = (step: number): number =>
          this.lossAt(
            point.with(
              k,
              point[k]!.map((one, i) => one + step * way[i]!),
            ),
          );
        let difference = Number.NaN;
        const agrees = steps.some((step) => {
          difference = (moved(step * scale) - moved(-step * scale)) / (2 * step * scale);
          return Math.abs(difference - rates[n]!) <= noise + tolerance * Math.max(greatest, Math.abs(difference));
        });
        if (!agrees)
          return `The gradient of "${name}" is ${rates[n]} ${size > single ? `in random direction ${n}` : `at ${n}`}, but finite differences give ${difference}.`;
      }
    }
    return undefined;
  }
}

/** All float outputs times fixed weights of mixed magnitude and sign, so errors do not cancel. */
function weighedSum(model: OnnxModel, values: ReadonlyMap<string, Tensor>, backend: AnyBackend): Tensor {
  const results = model.call(values);
  const weighed = model.outputs
    .flatMap((name) => floatsIn(results.get(name)))
    .map((y) => {
      const weights = tensor(
        Float64Array.from({ length: y.size }, (_, i) => Math.sin(1 + 2.3 * i) + 0.1),
        { shape: y.shape, backend: y.backend },
      );
      return sum(mul(cast(y, 'float64'), weights));
    });
  return weighed.length
    ? weighed.reduce((a, b) => add(a, upload(b, a.backend)))
    : zeros([], { dtype: 'float64', backend });
}

/** The largest magnitude, or at least a given number. */
export const greatestOf = (values: readonly number[], least = 0): number =>
  values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), least);
