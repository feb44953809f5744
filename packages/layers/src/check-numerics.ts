import { observe, type ObservedCall, showShape, toNumbers } from '@graft/tensor';
import { inLayers } from './in-layers.ts';
import type { AnyModule } from './inputs.ts';

/**
 * Runs a synchronous function, such as a forward pass or a step, and looks for NaN and infinity in what every op makes.
 * Slow: for finding out, not for training.
 * @throws at the first op that makes one, with the layer it is in and what went in
 */
export function checkNumerics<T>(model: AnyModule, fn: () => T): T {
  return inLayers(model, (path) =>
    observe(fn, (call) => {
      const bad = firstBad(call.output);
      if (bad === undefined || call.inputs.some((input) => firstBad(input) !== undefined)) return; // the culprit is the op before
      throw new Error(
        `${bad} in the output ${showShape(call.output.shape)} of op "${call.op.name}"${path() ? ` in layer "${path()}"` : ''}; its inputs are ${call.inputs.map(describe).join(' and ')}.`,
      );
    }),
  );
}

const describe = (input: ObservedCall['output']): string => {
  const values = valuesOf(input);
  return `${showShape(input.shape)} from ${extreme(values, Math.min)} to ${extreme(values, Math.max)}`;
};
const extreme = (values: readonly number[], better: (a: number, b: number) => number): string =>
  values.length ? values.reduce((a, b) => better(a, b)).toPrecision(3) : 'nothing';
const valuesOf = (tensor: ObservedCall['output']): number[] =>
  tensor.backend.view ? toNumbers(tensor.backend.view(tensor.data, tensor), tensor.dtype) : [];
const firstBad = (tensor: ObservedCall['output']): number | undefined =>
  valuesOf(tensor).find((value) => !Number.isFinite(value));
