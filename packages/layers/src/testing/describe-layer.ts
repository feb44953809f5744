import {
  cast,
  type DType,
  isFloat,
  js,
  mul,
  optimize,
  type Parameter,
  Random,
  runnable,
  scope,
  sum,
  type Tensor,
  trace,
  valueAndGrad,
} from '@graft/tensor';
import { checkGradient, expectClose, type InputSpec, inputsOn, valuesOf, unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import {
  checkInitialised,
  decodeSafetensors,
  encodeSafetensors,
  inference,
  loadWeights,
  type Module,
  type Run,
  TrainingRun,
  weightsOf,
} from '../index.ts';

/** Options of {@link describeLayer}. */
export interface LayerChecks<Layer extends Module = Module> {
  /** How the layer is called; default `forward` with the first input. */
  readonly call?: (layer: Layer, inputs: readonly Tensor[], run: Run) => Tensor;
  /** The reason for not comparing training gradients with finite differences, if they cannot be. */
  readonly noTrainingGradient?: string;
  /** Relative tolerance of gradients; default 1e-6. */
  readonly tolerance?: number;
}

/**
 * Declares tests that every layer must pass: traced, it has the same shapes and values as when
 * run, optimised or not; gradients of inputs and parameters match finite differences (float64), at inference and in training; weights
 * survive a round trip through a file; the same seed gives the same bits; inference changes nothing; buffers change when training commits them,
 * unless frozen; weights drawn by a constructor do not count as initialised; no tensors leak.
 * @param make creates a new instance of the layer
 */
export function describeLayer<Layer extends Module>(
  name: string,
  make: () => Layer,
  sampleInputs: readonly InputSpec[],
  { call = (layer, [x], run) => layer.forward(x!, run), noTrainingGradient, tolerance = 1e-6 }: LayerChecks<Layer> = {},
): void {
  const numbers = sampleInputs.map((spec, i) => valuesOf(spec, new Random(i).fork('layer', name)));
  const inputs = (dtype: DType = 'float32'): Tensor[] => inputsOn(sampleInputs, numbers, js, dtype);
  const made = (seed = 1): Layer => make().initialize(seed);
  const training = (): TrainingRun => new TrainingRun(new Random(5));
  const bits = async (layer: Module): Promise<unknown[]> => [...(await weightsOf(layer))];

  describe(`layer ${name}`, () => {
    test('a trace has the shapes and values of a run', () => {
      const [layer, xs] = [made(), inputs()];
      const graph = trace((...traced) => call(layer, traced, inference), xs);
      const y = call(layer, xs, inference);
      expect({ shape: graph.outputs[0]!.shape, dtype: graph.outputs[0]!.dtype }).toEqual({
        shape: y.shape,
        dtype: y.dtype,
      });
      expect(runnable(graph)(xs)[0]!.numbers()).toEqual(y.numbers());
    });
    test('compiled, it computes the same', () => {
      const [layer, xs] = [made(), inputs()];
      const program = runnable(
        optimize(
          trace((...traced) => call(layer, traced, inference), xs),
          js,
        ),
      );
      expectClose(program(xs)[0]!.numbers(), call(layer, xs, inference).numbers(), 1e-5);
    });
    test('gradients = finite differences', () => checkGradients(made(), () => inference));
    if (noTrainingGradient === undefined)
      test('gradients in training = finite differences', () => checkGradients(made(), training));

    test('weights survive a file', async () => {
      const [first, second, xs] = [made(1), made(2), inputs()];
      loadWeights(second, decodeSafetensors(encodeSafetensors(await weightsOf(first))).tensors);
      expect(await bits(second)).toEqual(await bits(first));
      expect(call(second, xs, inference).numbers()).toEqual(call(first, xs, inference).numbers());
      expect(call(first.clone(), xs, inference).numbers()).toEqual(call(first, xs, inference).numbers());
    });
    test('training is refused until it is initialised or loaded', async () => {
      const layer = make();
      const drawn = new Set<string>();
      const [one, other] = [made(1), made(2)].map((each) => [...each.parameters()]);
      for (const [i, [path, { value }]] of one!.entries())
        if (String(value.numbers()) !== String(other![i]![1].value.numbers())) drawn.add(path);
      const raw = [...layer.parameters()].flatMap(([path, { initialised }]) => (initialised ? [] : [path]));
      expect(new Set(raw)).toEqual(drawn);
      if (drawn.size) expect(() => checkInitialised(layer)).toThrow(/never initialised.*model\.initialize\(seed\)/);
      expect(() => checkInitialised(layer.clone().initialize(1))).not.toThrow();
      loadWeights(layer, await weightsOf(made()));
      expect(() => checkInitialised(layer)).not.toThrow();
    });
    test('the same seed gives the same bits', async () => {
      expect(await bits(made(3))).toEqual(await bits(made(3)));
      const trained = (): number[] => call(made(3), inputs(), training()).numbers();
      expect(trained()).toEqual(trained());
    });
    test('inference changes nothing, and buffers change when training commits them', async () => {
      const [layer, xs] = [made(), inputs()];
      const before = await bits(layer);
      expect(call(layer, xs, inference).numbers()).toEqual(call(layer, xs, inference).numbers());
      const run = training();
      call(layer, xs, run);
      expect(await bits(layer)).toEqual(before);
      run.commit();
      const updated = [...layer.parameters()].filter(([, { kind }]) => kind === 'buffer');
      expect(updated.filter(([, { value }]) => !value.numbers().every(Number.isFinite)).map(([path]) => path)).toEqual(
        [],
      );
      if (updated.length) expect(await bits(layer)).not.toEqual(before);
      const after = await bits(layer.freeze());
      const frozen = training();
      call(layer, xs, frozen);
      frozen.commit();
      expect(await bits(layer)).toEqual(after);
    });
    test('no tensors leak', () => {
      const before = unfreedTensors();
      const [layer, xs] = [made(), inputs()];
      const run = training();
      scope(
        () =>
          void valueAndGrad(
            () => sum(call(layer, xs, run)),
            wanted(layer, xs).map(([, slot]) => slot),
          ),
      );
      run.commit();
      layer.dispose();
      for (const x of xs) x.dispose();
      expect(unfreedTensors()).toBe(before);
    });
  });

  function checkGradients(layer: Layer, mode: () => Run): void {
    for (const [, parameter] of layer.parameters()) parameter.value = cast(parameter.value, 'float64');
    const xs = inputs('float64');
    const slots = wanted(layer, xs);
    checkGradient(
      (...values) => {
        const given = [...xs];
        for (const [i, [at, slot]] of slots.entries()) {
          if (at === undefined) (slot as Parameter).value = values[i]!;
          else given[at] = values[i]!;
        }
        return mul(call(layer, given, mode()), 1);
      },
      slots.map(([at, slot]) => (at === undefined ? (slot as Parameter).value : (slot as Tensor))),
      {
        name: `${name}: ${slots.map(([at, slot]) => (at === undefined ? (slot as Parameter).name : `input ${at}`)).join(', ')}:`,
        tolerance,
      },
    );
  }
}

/** The tensors to differentiate: floating-point inputs, by index, and the weights. */
const wanted = (layer: Module, inputs: readonly Tensor[]): [at: number | undefined, slot: Tensor | Parameter][] => [
  ...inputs.flatMap((x, i): [number, Tensor][] => (isFloat(x.dtype) ? [[i, x]] : [])),
  ...[...layer.parameters()].flatMap(([, parameter]): [undefined, Parameter][] =>
    parameter.trainable ? [[undefined, parameter]] : [],
  ),
];
