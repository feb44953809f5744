import type { Run } from '@graft/layers';
import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { isFloat, js, type Parameter, showShape, type Tensor, type TypedArray, upload } from '@graft/tensor';
import type { Attributes } from './proto/attributes.ts';
import { mostDims } from './proto/read-tensor.ts';
import { holding, smallTypeIn } from './proto/small-types.ts';
import { spendListed } from './work-budget.ts';

/** The node that an operator runs. */
export interface OperatorNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** Names; '' for an unused output. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** The context of an operator. */
export interface OperatorContext {
  /** Mode of the run: training or inference, random numbers, updates of buffers. */
  readonly run: Run;
  /** The slots of inputs that are weights or buffers of the model. */
  readonly parameters: readonly (Parameter | undefined)[];
  /** A graph attribute of the node. @throws if there is none */
  subgraph(attribute: string): BoundSubgraph;
}

/** A subgraph of a node, with the outer values that it uses. */
export interface BoundSubgraph {
  /** Numbers of inputs and outputs. */
  readonly inputs: number;
  readonly outputs: number;
  run(inputs: readonly Tensor[]): Tensor[];
}

/** The implementation of an ONNX operator from one version of the operator set on. */
export interface OnnxOperator extends Named {
  /** Operator and version, such as `Clip-11`, prefixed with the domain, if any. */
  readonly name: string;
  readonly opType: string;
  /** '' for ONNX's own. */
  readonly domain: string;
  /** The operator set version that introduced this form. */
  readonly since: number;
  /** Minimum and maximum number of inputs. */
  readonly inputs: readonly [least: number, most: number];
  /** Control inputs (shapes, axes, scales), which stay on the host. */
  readonly steering: readonly number[];
  /** @param inputs undefined for an omitted optional one */
  run(
    inputs: readonly (Tensor | undefined)[],
    node: OperatorNode,
    context: OperatorContext,
  ): Tensor | readonly Tensor[];
}

/** The extension point for ONNX operators; the one with the highest `since` allowed by the file's operator set is used. */
export const onnxOperator: ExtensionPoint<OnnxOperator> = extensionPoint('ONNX operator', 'imported models');

/** Options of {@link operator}. */
export interface OperatorOptions {
  readonly domain?: string;
  /** Default: exactly one. */
  readonly inputs?: number | readonly [least: number, most: number];
  readonly steering?: readonly number[];
}

/** Creates an operator from its type, the version that introduced it, and its implementation. */
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

/** Finds the operator of a type and domain for an operator set version, if any. */
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

/** Runs an operator on checked inputs, moved to the data's backend. @throws an error without the node's name, which the graph adds */
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
      `${op.name} expects ${least === most ? least : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`} inputs, got ${missing >= 0 ? `none for number ${missing}` : inputs.length}.`,
    );
  // Floats computed from shapes start on the host and are moved to the model's backend.
  const home = inputs.find(
    (input, i) => input && isFloat(input.dtype) && input.backend !== js && !op.steering.includes(i),
  )?.backend;
  const placed = home
    ? inputs.map((input, i) =>
        input && input.backend === js && isFloat(input.dtype) && !op.steering.includes(i) ? upload(input, home) : input,
      )
    : inputs;
  try {
    const results = op.run(placed, node, context);
    const small = carriers.has(op.opType) && op.domain === '' ? smallTypeIn(inputs[0]) : undefined;
    if (small) for (const result of Array.isArray(results) ? results : [results]) holding(result as Tensor, small);
    for (const { rank } of Array.isArray(results) ? (results as readonly Tensor[]) : [results as Tensor])
      if (rank > mostDims) throw new Error(`its result has ${rank} dimensions, but at most ${mostDims} are supported.`);
    return results;
  } catch (error) {
    throw isForPeople(error)
      ? error
      : new Error(
          `${op.name} cannot handle its inputs: ${inputs.map(described).join(', ') || 'none'}. Check its attributes and the nodes before it.`,
          { cause: error },
        );
  }
}

/** Operators whose results are of the small type of their first input. */
const carriers = new Set(['Flatten', 'Identity', 'Pad', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze']);

/** Errors of JavaScript and WebAssembly describe the program, not what is wrong with the file. */
const isForPeople = (error: unknown): boolean => error instanceof Error && error.name === 'Error';
const described = (input: Tensor | undefined): string => (input ? `${input.dtype} ${showShape(input.shape)}` : 'none');

/**
 * Reads an input's values as they are stored.
 * @throws if they depend on computed values, which are unknown while tracing, or are on a device that the host cannot read
 */
export function arrayOnHost(tensor: Tensor, what: string): TypedArray {
  expectHost(tensor, what);
  return tensor.arraySync();
}

/** Reads an input's values as plain numbers. @throws as {@link arrayOnHost} */
export function numbersOf(tensor: Tensor, what: string): number[] {
  expectHost(tensor, what);
  return tensor.numbers();
}

function expectHost({ backend, dtype, shape, size }: Tensor, what: string): void {
  if (backend.view) return spendListed(size);
  throw new Error(
    backend.trace
      ? `its ${what} depends on computed values (${dtype} ${showShape(shape)}), which are not known in advance.`
      : `its ${what} depends on values computed on backend "${backend.name}" (${dtype} ${showShape(shape)}), whose memory the host cannot read. Run this model on "wasm" or "js".`,
  );
}

/**
 * Reads an input's only value.
 * @throws as {@link numbersOf}, and if there are several
 */
export function numberOf(tensor: Tensor, what: string): number {
  const [value, ...others] = numbersOf(tensor, what);
  if (value === undefined || others.length)
    throw new Error(`its ${what} must be one number, but has the shape ${showShape(tensor.shape)}.`);
  return value;
}

/**
 * Reads a control input as integers.
 * @throws as {@link numbersOf}, and if a value is too large for a double
 */
export function integersOf(tensor: Tensor, what: string): number[] {
  const values = numbersOf(tensor, what);
  for (const value of values)
    if (!Number.isSafeInteger(value)) throw new Error(`its ${what} holds ${value}, which is not a safe integer.`);
  return values;
}

/** Reads a control input of one integer. @throws as {@link integersOf}, and if it has another number of elements */
export function integerOf(tensor: Tensor, what: string): number {
  const [value, ...others] = integersOf(tensor, what);
  if (value === undefined || others.length)
    throw new Error(`its ${what} must be one number, but has the shape ${showShape(tensor.shape)}.`);
  return value;
}

/** Maximum number of elements of a tensor whose size comes from a file: 512 MiB of float32. */
const mostElements = 2 ** 27;
/** The same for a tensor whose numbers an operator lists one by one: JavaScript aborts the process if a list does not fit in memory. */
const mostListed = 2 ** 23;

/** @throws if a file requests more numbers than an operator can list */
export function checkListed(shape: readonly number[]): readonly number[] {
  checkSize(shape, mostListed);
  spendListed(shape.reduce((product, dim) => product * dim, 1));
  return shape;
}

/** @throws if a file requests an absurdly large tensor; nothing is allocated */
export function checkSize(shape: readonly number[], most = mostElements): readonly number[] {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (Number.isNaN(size)) throw new Error('its inputs have too few dimensions for a result.');
  if (size > most || shape.some((dim) => dim < 0))
    throw new Error(
      `the result would have the shape ${showShape(shape)}, which is ${size > most ? `more than ${most} elements` : 'impossible'}.`,
    );
  return shape;
}
