import { Add, Div, Mul } from '../ops/arithmetic.ts';
import {
  Clip,
  type ClipAttrs,
  HardSigmoid,
  type HardSigmoidAttrs,
  HardSwish,
  Sigmoid,
  Silu,
} from '../ops/activation.ts';
import type { GraphCall, GraphValue } from '../trace.ts';
import type { GraphView, Rewrite } from './rewrite.ts';

const numberIn = (value: GraphValue | undefined, view: GraphView): number | undefined => value && view.number(value);
const near = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) <= 1e-6 * Math.abs(b);

/** A binary call with a constant on either side: its other operand and the number. */
function withNumber({ inputs: [a, b] }: GraphCall, view: GraphView): [of: GraphValue, number: number] | undefined {
  const [left, right] = [numberIn(a, view), numberIn(b, view)];
  if (right !== undefined) return [a!, right];
  return left === undefined ? undefined : [b!, left];
}

/** x / 6 or x · (1 / 6): returns x. */
function sixth(call: GraphCall, view: GraphView): GraphValue | undefined {
  if (call.op === Div) return near(numberIn(call.inputs[1], view), 6) ? call.inputs[0] : undefined;
  const found = call.op === Mul ? withNumber(call, view) : undefined;
  return found && near(found[1], 1 / 6) ? found[0] : undefined;
}

/** clip(x + 3, 0, 6): returns x. */
function relu6OfSum(value: GraphValue, view: GraphView): GraphValue | undefined {
  const clip = view.made(value);
  if (clip?.op !== Clip || (clip.attrs as ClipAttrs).min !== 0 || (clip.attrs as ClipAttrs).max !== 6) return undefined;
  const sum = view.made(clip.inputs[0]!);
  const found = sum?.op === Add ? withNumber(sum, view) : undefined;
  return found?.[1] === 3 ? found[0] : undefined;
}

/** Whether a value is the gate of hard-swish over another: hardSigmoid(x). */
function isHardGate(value: GraphValue, x: GraphValue, view: GraphView): boolean {
  const made = view.made(value);
  return (
    made?.op === HardSigmoid &&
    made.inputs[0] === x &&
    near((made.attrs as HardSigmoidAttrs).alpha, 1 / 6) &&
    (made.attrs as HardSigmoidAttrs).beta === 0.5
  );
}

/** Replaces sums, clips and products that form hard-swish, hard-sigmoid or SiLU. */
export const recogniseActivations: Rewrite = (call, view) => {
  const { output } = call;
  const as = (op: GraphCall['op'], x: GraphValue, attrs?: unknown): GraphCall => ({ op, inputs: [x], output, attrs });
  const whole = sixth(call, view);
  if (whole) {
    const gated = relu6OfSum(whole, view);
    if (gated) return as(HardSigmoid, gated, { alpha: 1 / 6, beta: 0.5 });
    const product = view.made(whole);
    if (product?.op === Mul)
      for (const [x, gate] of bothWays(product)) if (relu6OfSum(gate, view) === x) return as(HardSwish, x);
  }
  if (call.op !== Mul) return undefined;
  for (const [x, gate] of bothWays(call)) {
    if (isHardGate(gate, x, view)) return as(HardSwish, x);
    const made = view.made(gate);
    if (made?.op === Sigmoid && made.inputs[0] === x) return as(Silu, x);
  }
  return undefined;
};

const bothWays = ({ inputs: [a, b] }: GraphCall): [GraphValue, GraphValue][] => [
  [a!, b!],
  [b!, a!],
];
