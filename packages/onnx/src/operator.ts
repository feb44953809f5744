import type { Run } from '@graft/layers';
import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { isFloat, js, type Parameter, showShape, type Tensor, upload } from '@graft/tensor';
import type { Attributes } from './proto/attributes.ts';

/** The node an operator runs for. */
export interface OperatorNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** Names; '' for an output that nobody wants. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** What else an operator may need. */
export interface OperatorContext {
  /** How the model runs: training or not, random numbers, updates of buffers. */
  readonly run: Run;
  /** For each input that is a weight or buffer of the model, the slot it stands in. */
  readonly parameters: readonly (Parameter | undefined)[];
  /** A graph that the node holds as an attribute. @throws where there is none */
  subgraph(attribute: string): BoundSubgraph;
}

/** A graph inside a node, with the values around it that it uses. */
export interface BoundSubgraph {
  /** How many tensors it wants, and how many it makes. */
  readonly inputs: number;
  readonly outputs: number;
  run(inputs: readonly Tensor[]): Tensor[];
}

/** The meaning of an ONNX operator from one operator set version on. */
export interface OnnxOperator extends Named {
  /** Operator and version, such as `Clip-11`, with the domain before it where it has one. */
  readonly name: string;
  readonly opType: string;
  /** '' is ONNX's own. */
  readonly domain: string;
  /** The operator set version in which this form of it appeared. */
  readonly since: number;
  /** How many inputs it takes, at least and at most. */
  readonly inputs: readonly [least: number, most: number];
  /** Inputs that say what to do (shapes, axes, scales) rather than take part: they are left on the host. */
  readonly steering: readonly number[];
  /** @param inputs undefined for an optional one that is absent */
  run(
    inputs: readonly (Tensor | undefined)[],
    node: OperatorNode,
    context: OperatorContext,
  ): Tensor | readonly Tensor[];
}

/** Operators for {@link importOnnx}; the one with the highest `since` that the file's operator set allows is taken. */
export const onnxOperator: ExtensionPoint<OnnxOperator> = extensionPoint('ONNX operator');

/** Options of {@link operator}. */
export interface OperatorOptions {
  readonly domain?: string;
  /** Default: exactly one. */
  readonly inputs?: number | readonly [least: number, most: number];
  readonly steering?: readonly number[];
}

/** An operator from its type, the version it appeared in, and its meaning. */
export function operator(
  opType: string,
  since: number,
  run: OnnxOperator['run'],
  { domain = '', inputs = 1, steering = [] }: OperatorOptions = {},
): OnnxOperator {
  return {
    name: `${domain ? `${domain}.` : ''}${opType}-${since}`,
    opType,
    domain,
    since,
    run,
    steering,
    inputs: typeof inputs === 'number' ? [inputs, inputs] : inputs,
  };
}

/** The operator of a type and domain that a version of the operator set means, if there is one. */
export function operatorFor(
  operators: readonly OnnxOperator[],
  opType: string,
  domain: string,
  version: number,
): OnnxOperator | undefined {
  let found: OnnxOperator | undefined;
  for (const one of operators)
    if (one.opType === opType && one.domain === domain && one.since <= version && (!found || one.since > found.since))
      found = one;
  return found;
}

/** Runs an operator on checked inputs that are all where the data is. @throws without the node's name, which the graph adds */
export function runOperator(
  op: OnnxOperator,
  inputs: readonly (Tensor | undefined)[],
  node: OperatorNode,
  context: OperatorContext,
): Tensor | readonly Tensor[] {
  const [least, most] = op.inputs;
  const missing = inputs.slice(0, least).findIndex((input) => input === undefined);
  if (inputs.length < least || inputs.length > most || missing >= 0)
    throw new Error(
      `${op.name} wants ${least === most ? least : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`} inputs, got ${missing >= 0 ? `none for number ${missing}` : inputs.length}.`,
    );
  // Floats made from shapes start on the host and meet the model's own where those are.
  const home = inputs.find(
    (input, i) => input && isFloat(input.dtype) && input.backend !== js && !op.steering.includes(i),
  )?.backend;
  const placed = home
    ? inputs.map((input, i) =>
        input && input.backend === js && isFloat(input.dtype) && !op.steering.includes(i) ? upload(input, home) : input,
      )
    : inputs;
  try {
    return op.run(placed, node, context);
  } catch (error) {
    throw isForPeople(error)
      ? error
      : new Error(
          `${op.name} has no meaning for its inputs: ${inputs.map(described).join(', ') || 'none'}. Look at its attributes and at what makes them.`,
          { cause: error },
        );
  }
}

/** Errors of JavaScript and WebAssembly tell what the program did, not what is wrong with the file. */
const isForPeople = (error: unknown): boolean => error instanceof Error && error.name === 'Error';
const described = (input: Tensor | undefined): string => (input ? `${input.dtype} ${showShape(input.shape)}` : 'none');

/**
 * An input's values as plain numbers.
 * @throws where they are computed, and so not known while tracing, or on a device that the host cannot see
 */
export function numbersOf(tensor: Tensor, what: string): number[] {
  const { backend, dtype, shape } = tensor;
  if (backend.view) return tensor.numbers();
  throw new Error(
    backend.trace
      ? `its ${what} depends on computed values (${dtype} ${showShape(shape)}), which are not known ahead.`
      : `its ${what} depends on values computed on backend "${backend.name}" (${dtype} ${showShape(shape)}), which the host cannot see. Run this model on "wasm" or "js".`,
  );
}

/**
 * An input's only value.
 * @throws as {@link numbersOf}, and where there are several
 */
export function numberOf(tensor: Tensor, what: string): number {
  const [value, ...others] = numbersOf(tensor, what);
  if (value === undefined || others.length)
    throw new Error(`its ${what} must be one number, and has the shape ${showShape(tensor.shape)}.`);
  return value;
}

/**
 * A steering input as whole numbers.
 * @throws as {@link numbersOf}, and where a value is too large for a double
 */
export function integersOf(tensor: Tensor, what: string): number[] {
  const values = numbersOf(tensor, what);
  for (const value of values)
    if (!Number.isSafeInteger(value))
      throw new Error(`its ${what} holds ${value}, which is not a whole number that can be counted with.`);
  return values;
}

/** How many elements a tensor made from a file's numbers may have: 512 MiB of float32. */
const mostElements = 2 ** 27;
/** And one whose numbers an operator lists one by one: JavaScript ends the process for a list that it has no memory for. */
const mostListed = 2 ** 23;

/** @throws where a file asks for more numbers than an operator can list */
export const checkListed = (shape: readonly number[]): readonly number[] => checkSize(shape, mostListed);

/** @throws where a file asks for a tensor of absurd size: nothing is allocated */
export function checkSize(shape: readonly number[], most = mostElements): readonly number[] {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (Number.isNaN(size)) throw new Error('its inputs have too few dimensions for a result.');
  if (size > most || shape.some((dim) => dim < 0))
    throw new Error(
      `the result would have the shape ${showShape(shape)}, which is ${size > most ? `more than ${most} elements` : 'impossible'}.`,
    );
  return shape;
}
