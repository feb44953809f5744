import { didYouMean } from '@graft/plugin';
import { Random, Tensor } from '@graft/tensor';
import type { AnyModule, Inputs, ModuleInput } from './inputs.ts';
import type { Module } from './module.ts';
import { inference, type Run } from './run.ts';

/**
 * A forward pass that holds the named inputs against those that the module reads. Training, evaluation, tracing and export use it.
 * @throws where an input is missing, or one is given that the module does not read, with the inputs there are and the nearest spelling
 */
export function forward<In extends ModuleInput>(module: Module<In>, input: In, run: Run = inference): Tensor {
  if (input instanceof Tensor) return withOneTensor(module, input, run);
  const read = new Set<string>();
  const given = Object.keys(input);
  const watched = new Proxy(input as Inputs, {
    get(inputs, name) {
      if (typeof name !== 'string' || name in Object.prototype) return Reflect.get(inputs, name) as unknown;
      if (!Object.hasOwn(inputs, name) && isOfTensors(name))
        throw new Error(`The model takes one tensor, and got named inputs: ${given.join(', ')}. Give it one of them.`);
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
      `The model reads an input "${missing}", which is missing. The inputs given are ${given.join(', ')}.${didYouMean(missing, without(given, read))}`,
      { cause: error },
    );
  }
  for (const name of given)
    if (!read.has(name))
      throw new Error(
        `The model does not read the input "${name}". It reads ${[...read].join(', ') || 'none'}.${didYouMean(name, without([...read], given))}`,
      );
  return output;
}

/** Whether a property is one that tensors have. */
const isOfTensors = (name: string): boolean =>
  name in Tensor.prototype || ['shape', 'dtype', 'backend', 'kept'].includes(name);

const without = (names: readonly string[], others: Iterable<string>): string[] => {
  const left = new Set(others);
  return names.filter((name) => !left.has(name));
};

/** Whether something failed because a value was not there. */
const readsNothing = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Error && error.cause !== undefined && readsNothing(error.cause));

/** A module that reads names from a tensor finds nothing there: then the names are asked for. */
function withOneTensor(module: AnyModule, input: Tensor, run: Run): Tensor {
  try {
    return module.forward(input, run);
  } catch (error) {
    const names = readsNothing(error) ? namesReadBy(module) : [];
    if (names.length === 0) throw error;
    throw new Error(`The model takes named inputs (${names.join(', ')}), and got one tensor.`, { cause: error });
  }
}

/** The inputs that a module reads by name before it computes with one; none for a module of one tensor, and for a graph, which takes both. */
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
