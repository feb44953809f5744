import {
  type AnyOp,
  isFloat,
  keep,
  max,
  min,
  mul,
  noGrad,
  observe,
  readAll,
  scope,
  type Shape,
  showShape,
  sum,
  type Tensor,
  toNumbers,
} from '@graft/tensor';
import { inLayers } from './in-layers.ts';
import type { AnyModule } from './inputs.ts';

/** One op that ran: its record, its layer, and its inputs and outputs among the noted tensors. */
interface Step {
  readonly op: AnyOp;
  readonly layer: string;
  readonly inputs: readonly Noted[];
  readonly output: Noted;
}

/** A tensor's shape and, if it can hold NaN, three of its numbers that are still to be read. */
interface Noted {
  readonly shape: Shape;
  /** 0, or NaN where an element is not finite; then the minimum and the maximum. */
  readonly numbers: readonly Tensor[];
}

/**
 * Runs a synchronous function, such as a forward pass or a step, and checks every op's output for NaN and infinity.
 * Slow: use it for debugging, not for training.
 * @throws if an op produces one; the error names the first such op, its layer and its inputs
 */
export async function checkNumerics<T>(model: AnyModule, fn: () => T): Promise<T> {
  const noted = new Map<Tensor, Noted>();
  const steps: Step[] = [];
  let looking = false;
  const note = (x: Tensor): Noted => {
    if (!noted.has(x))
      noted.set(x, { shape: x.shape, numbers: isFloat(x.dtype) && x.size && !x.backend.trace ? extremesOf(x) : [] });
    return noted.get(x)!;
  };
  const run = (): T =>
    inLayers(model, (path) =>
      observe(fn, ({ op, inputs, output }) => {
        if (looking) return; // our own ops
        looking = true;
        try {
          steps.push({ op, layer: path(), inputs: inputs.map(note), output: note(output) });
        } finally {
          looking = false;
        }
      }),
    );
  try {
    let [result, failure]: [T | undefined, unknown] = [undefined, undefined];
    try {
      result = run();
    } catch (error) {
      failure = error;
    }
    const culprit = await firstBad(steps);
    if (culprit) throw culprit;
    if (failure !== undefined) throw failure;
    return result as T;
  } finally {
    for (const { numbers } of noted.values()) for (const one of numbers) one.dispose();
  }
}

const extremesOf = (x: Tensor): Tensor[] =>
  scope(() => noGrad(() => [sum(mul(x, 0)), min(x), max(x)].map((one) => keep(one))));

async function firstBad(steps: readonly Step[]): Promise<Error | undefined> {
  const all = [...new Set(steps.flatMap(({ inputs, output }) => [...inputs, output]))];
  const read = await readAll(all.flatMap(({ numbers }) => numbers));
  const valuesOf = new Map<Noted, readonly number[]>();
  for (const one of all)
    valuesOf.set(
      one,
      read.splice(0, one.numbers.length).map(({ data, dtype }) => toNumbers(data, dtype)[0]!),
    );
  const isBad = (one: Noted): boolean => Number.isNaN(valuesOf.get(one)![0]);
  const step = steps.find(({ inputs, output }) => isBad(output) && !inputs.some(isBad)); // otherwise an earlier op is the culprit
  if (!step) return undefined;
  const [, least, greatest] = valuesOf.get(step.output)!;
  const bad = [greatest, least].find((value) => value === Infinity || value === -Infinity) ?? Number.NaN;
  const described = step.inputs.map((input) => {
    const [, from, to] = valuesOf.get(input)!;
    return from === undefined
      ? showShape(input.shape)
      : `${showShape(input.shape)} from ${from.toPrecision(3)} to ${to!.toPrecision(3)}`;
  });
  return new Error(
    `${bad} in the output ${showShape(step.output.shape)} of op "${step.op.name}"${step.layer ? ` in layer "${step.layer}"` : ''}; its inputs are ${described.join(' and ')}.`,
  );
}
