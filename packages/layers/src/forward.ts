import { didYouMean } from '@graft/plugin';
import { Random, Tensor } from '@graft/tensor';
import type { AnyModule, Inputs, ModuleInput } from './inputs.ts';
import type { Module } from './module.ts';
import { inference, type Run } from './run.ts';

/**
 * A forward pass that checks the named inputs against those the module reads. Used by training, evaluation, tracing and export.
 * @throws if an input is missing or unknown; the error lists the inputs and the nearest spelling
 */
export function forward<In extends ModuleInput>(module: Module<In>, input: In, run: Run = inference): Tensor {
  if (input instanceof Tensor) return withOneTensor(module, input, run);
  const read = new Set<string>();
  const given = Object.keys(input);
  const watched = new Proxy(input as Inputs, {
    get(inputs, name) {
      if (typeof name !== 'string' || name in Object.prototype) return Reflect.get(inputs, name) as unknown;
      if (!Object.hasOwn(inputs, name) && isOfTensors(name))
        throw new Error(`The model takes one tensor but got named inputs: ${given.join(', ')}. Give it one of them.`);
      read.add(name);
      return inputs[name];
    },
  });
  let output: Tensor;
  try {
    output = module.forward(watched as In, run);
  } catch (error) {
    const missing = [...read].find((name) => !given.includes(name));
    if (missing === undefined || !readsNothing(error)) throw error;
    throw new Error(
      `The model expects an input "${missing}", which is missing. Given inputs: ${given.join(', ')}.${didYouMean(missing, without(given, read))}`,
      { cause: error },
    );
  }
  for (const name of given)
    if (!read.has(name))
      throw new Error(
        `The model does not have an input "${name}". It expects ${[...read].join(', ') || 'none'}.${didYouMean(name, without([...read], given))}`,
      );
  return output;
}

/** Whether tensors have this property. */
const isOfTensors = (name: string): boolean =>
  name in Tensor.prototype || ['shape', 'dtype', 'backend', 'kept'].includes(name);

const without = (names: readonly string[], others: Iterable<string>): string[] => {
  const left = new Set(others);
  return names.filter((name) => !left.has(name));
};

/** Whether an error was caused by an undefined value. */
const readsNothing = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Error && error.cause !== undefined && readsNothing(error.cause));

/** A module that reads named inputs from a single tensor gets undefined: report the names it expects. */
function withOneTensor(module: AnyModule, input: Tensor, run: Run): Tensor {
  try {
    return module.forward(input, run);
  } catch (error) {
    const names = readsNothing(error) ? namesReadBy(module) : [];
    if (names.length === 0) throw error;
    throw new Error(`The model takes named inputs (${names.join(', ')}) but got one tensor.`, { cause: error });
  }
}

/** The inputs that a module reads by name before its first op; none for a module of one tensor, or for a graph, which accepts both. */
export function namesReadBy(module: AnyModule): string[] {
  const read = new Set<string>();
  const nothing = new Proxy({} as Inputs, {
    get(_, name) {
      if (typeof name !== 'string' || name in Object.prototype) return undefined;
      if (isOfTensors(name)) throw new TypeError('This module takes a tensor.');
      read.add(name);
      return undefined;
    },
  });
  try {
    module.forward(nothing, { training: false, random: new Random(0), update: () => undefined });
  } catch {
    return [...read];
  }
  return [...read];
}
