import {
  axisOf,
  bytesOf,
  drop,
  guarded,
  integers,
  narrow,
  scope,
  sizeOf,
  slice,
  squeeze,
  stack,
  type Tensor,
  tensor,
  type TensorSpec,
} from '@graft/tensor';
import { shared } from '../collections.ts';
import {
  type BoundSubgraph,
  numberOf,
  numbersOf,
  type OnnxOperator,
  operator,
  type OperatorContext,
  type OperatorNode,
} from '../operator.ts';
import { repeated } from '../work-budget.ts';

/** A loop with more steps than this is treated as infinite. */
const mostSteps = 100_000;
/** Maximum bytes of a loop's states and results; small dtypes count as four bytes, because they are not faster. */
const mostBytes = 2 ** 28;
const any = Number.POSITIVE_INFINITY;

/** @throws if it depends on values that are unknown while tracing, or are on a device */
const holds = (condition: Tensor): boolean => numberOf(condition, 'condition') !== 0;

/** A body may return values of the outer graph, but a node must own its results. */
const own = (values: readonly Tensor[]): Tensor[] => values.map(shared);

const branch = ([condition]: readonly (Tensor | undefined)[], { subgraph }: OperatorContext): Tensor[] =>
  own(subgraph(holds(condition!) ? 'then_branch' : 'else_branch').run([]));

const bytesIn = (tensors: readonly TensorSpec[]): number =>
  tensors.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * Math.max(4, bytesOf(dtype)), 0);

/** Runs a body step by step, and rejects tensors that would exceed a loop's memory before they are allocated. */
class Steps {
  readonly #body: BoundSubgraph;
  readonly #states: number;
  #count = 0;
  /** Bytes of the results of all steps so far. */
  #gathered = 0;

  /** @param states number of the body's inputs that are passed from step to step */
  constructor(body: BoundSubgraph, states: number) {
    this.#body = body;
    this.#states = states;
  }

  /** Runs one step and frees everything but its results. @param first number of results before the states */
  run(inputs: () => readonly Tensor[], states: readonly Tensor[], first = 0): Tensor[] {
    const held = this.#gathered + bytesIn(states);
    const results = guarded(
      () => scope(() => own(repeated(() => this.#body.run(inputs())))),
      (result) => this.#check(held + bytesIn([result])),
    );
    this.#count++;
    this.#gathered += bytesIn(results.slice(first + this.#states));
    this.#check(this.#gathered + bytesIn(results.slice(first, first + this.#states)));
    if (this.#count > 1) for (const state of states) drop(state);
    return results;
  }

  #check(bytes: number): void {
    if (bytes > mostBytes)
      throw new Error(
        `its states and results need ${bytes} bytes after ${this.#count} steps, which is more than ${mostBytes}.`,
      );
  }
}

/** Runs its body while a condition holds, at most count times. Inputs: count, condition, states; outputs: final states, then the results of each step. */
function loop(
  [count, condition, ...initial]: readonly (Tensor | undefined)[],
  { subgraph }: OperatorContext,
): Tensor[] {
  const body = subgraph('body');
  const most = count ? numberOf(count, 'count') : Number.POSITIVE_INFINITY;
  let states = initial as Tensor[];
  const rows = Array.from({ length: body.outputs - 1 - states.length }, (): Tensor[] => []);
  let goesOn = condition ? holds(condition) : true;
  const steps = new Steps(body, states.length);
  for (let step = 0; goesOn && step < most; step++) {
    if (step === mostSteps) throw new Error(`it did not end after ${mostSteps} steps.`);
    const [next, ...results] = steps.run(
      () => [integers([step], []), tensor([1], { shape: [], dtype: 'bool' }), ...states],
      states,
      1,
    ) as [Tensor, ...Tensor[]];
    states = results.slice(0, initial.length);
    rows.forEach((row, i) => row.push(results[initial.length + i]!));
    goesOn = holds(next);
  }
  if (rows.some((row) => !row.length)) throw new Error('it ran no steps, so the shape of its results is unknown.');
  return [...(states === initial ? own(states) : states), ...rows.map((row) => stack(row))];
}

interface ScanDirections {
  readonly inputAxes: readonly number[];
  readonly inputsBackwards: readonly boolean[];
  readonly outputAxes: readonly number[];
  readonly outputsBackwards: readonly boolean[];
}

/** Runs a body along an axis of some inputs. Inputs: states, then scanned inputs; outputs: final states, then the results of each step. */
function scanned(
  inputs: readonly Tensor[],
  scans: number,
  body: BoundSubgraph,
  { inputAxes, inputsBackwards, outputAxes, outputsBackwards }: ScanDirections,
): Tensor[] {
  const stateCount = inputs.length - scans;
  if (scans < 1 || stateCount < 0 || body.outputs < stateCount)
    throw new Error(
      `${scans} scanned inputs out of ${inputs.length} do not match a body with ${body.outputs} outputs.`,
    );
  const walked = inputs.slice(stateCount);
  const axes = walked.map((x, i) => axisOf(inputAxes[i] ?? 0, x.rank));
  const length = walked[0]!.shape[axes[0]!]!;
  let states: Tensor[] = inputs.slice(0, stateCount);
  const rows = Array.from({ length: body.outputs - stateCount }, (): Tensor[] => []);
  const steps = new Steps(body, stateCount);
  for (let step = 0; step < length; step++) {
    const parts = (): Tensor[] =>
      walked.map((x, i) => squeeze(narrow(x, axes[i]!, inputsBackwards[i] ? length - 1 - step : step, 1), [axes[i]!]));
    const results = steps.run(() => [...states, ...parts()], states);
    states = results.slice(0, stateCount);
    rows.forEach((row, i) => row.push(results[stateCount + i]!));
  }
  return [
    ...own(states),
    ...rows.map((row, i) => stack(outputsBackwards[i] ? row.reverse() : row, outputAxes[i] ?? 0)),
  ];
}

function scan(
  inputs: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
  { subgraph }: OperatorContext,
): Tensor[] {
  const flags = (name: string): boolean[] => attributes.ints(name, []).map(Boolean);
  return scanned(inputs as Tensor[], attributes.int('num_scan_inputs'), subgraph('body'), {
    inputAxes: attributes.ints('scan_input_axes', []),
    inputsBackwards: flags('scan_input_directions'),
    outputAxes: attributes.ints('scan_output_axes', []),
    outputsBackwards: flags('scan_output_directions'),
  });
}

/** Version 8 scanned the second dimension, separately for each sample of a batch; its first input is the samples' lengths. */
function batchedScan(
  [lengths, ...given]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
  { subgraph }: OperatorContext,
): Tensor[] {
  const inputs = given as Tensor[];
  const scans = attributes.int('num_scan_inputs');
  const body = subgraph('body');
  const backwards = attributes.ints('directions', []).map(Boolean);
  const batch = inputs[0]!.shape[0]!;
  const ends = lengths && numbersOf(lengths, 'sequence_lens');
  const all = Array.from({ length: batch }, (_, n) => {
    const length = ends?.[n];
    const sample = inputs.map((x, i) => {
      const one = squeeze(narrow(x, 0, n, 1), [0]);
      return length !== undefined && i >= inputs.length - scans ? slice(one, [0], [length]) : one;
    });
    return scanned(sample, scans, body, {
      inputAxes: [],
      inputsBackwards: backwards,
      outputAxes: [],
      outputsBackwards: [],
    });
  });
  return Array.from({ length: body.outputs }, (_, k) => stack(all.map((results) => results[k]!)));
}

export const controlFlowOperators: readonly OnnxOperator[] = [
  operator('If', 1, (inputs, _, context) => branch(inputs, context), { steering: [0] }),
  operator('Loop', 1, (inputs, _, context) => loop(inputs, context), { inputs: [0, any], steering: [0, 1] }),
  operator('Scan', 8, batchedScan, { inputs: [0, any], steering: [0] }),
  operator('Scan', 9, scan, { inputs: [1, any] }),
];
