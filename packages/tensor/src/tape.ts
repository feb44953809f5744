import { isFloat } from './dtype.ts';
import type { AnyOp, Call, GradientRule, Used } from './op.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** One recorded op: the values its rules may read are held until they have run. */
class TapeCall implements Call {
  readonly op: AnyOp;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attrs: unknown;
  readonly #tape: Tape;
  readonly #held: Tensor[] = [];
  readonly #shared = new Map<string, Tensor>();

  constructor(tape: Tape, op: AnyOp, inputs: readonly Tensor[], output: Tensor, attrs: unknown) {
    this.op = op;
    this.inputs = inputs;
    this.output = output;
    this.attrs = attrs;
    this.#tape = tape;
    for (const tensor of this.#used()) this.#held.push(tensor.retain());
  }

  needsGradient(input: number): boolean {
    return this.#tape.tracked.has(this.inputs[input]!) && ruleOf(this.op, input) !== null;
  }

  once(key: string, make: () => Tensor): Tensor {
    let tensor = this.#shared.get(key);
    if (!tensor) {
      tensor = scope(make).retain();
      this.#shared.set(key, tensor);
    }
    return tensor;
  }

  /** The values that the needed rules read, each tensor once. */
  #used(): Set<Tensor> {
    const found = new Set<Tensor>();
    for (const [i] of this.inputs.entries()) {
      if (!this.needsGradient(i)) continue;
      for (const used of usesOf(this.op, i)) {
        if (used === 'output') found.add(this.output);
        else if (used === 'inputs') for (const input of this.inputs) found.add(input);
        else if (this.inputs[used]) found.add(this.inputs[used]);
      }
    }
    return found;
  }

  free(): void {
    for (const tensor of this.#held.splice(0)) tensor.release();
    for (const tensor of this.#shared.values()) tensor.release();
    this.#shared.clear();
  }
}

/** The recorded calls of a function that depend on tracked tensors. */
export class Tape {
  readonly calls: TapeCall[] = [];
  readonly tracked: Set<Tensor>;

  constructor(wrt: readonly Tensor[]) {
    this.tracked = new Set(wrt);
  }

  record(op: AnyOp, inputs: readonly Tensor[], output: Tensor, attrs: unknown): void {
    if (!inputs.some((input, i) => this.tracked.has(input) && ruleOf(op, i) !== null)) return;
    this.tracked.add(output);
    this.calls.push(new TapeCall(this, op, inputs, output, attrs));
  }
}

/** Running tapes, the innermost last. All of them record, which allows nested gradients. */
let tapes: Tape[] = [];

/** Runs `fn` with a tape recording. */
export function recorded<T>(tape: Tape, fn: () => T): T {
  tapes.push(tape);
  try {
    return fn();
  } finally {
    tapes.splice(tapes.indexOf(tape), 1);
  }
}

/**
 * Runs a synchronous function without recording: its results are constants to all gradients in progress. Gradients that it
 * computes itself are not affected. Same as PyTorch's `no_grad`.
 */
export function noGrad<T>(fn: () => T): T {
  const outer = tapes;
  tapes = [];
  try {
    return fn();
  } finally {
    tapes = outer;
  }
}

/** Whether a gradient with respect to any of these was requested. */
export function isTracked(tensors: readonly Tensor[]): boolean {
  for (const tape of tapes) for (const tensor of tensors) if (tape.tracked.has(tensor)) return true;
  return false;
}

export function record(op: AnyOp, inputs: readonly Tensor[], output: Tensor, attrs: unknown): void {
  if (!isFloat(output.dtype)) return; // integers and masks carry no gradient
  if (!op.gradient)
    throw new Error(
      `Op "${op.name}" has no gradient and no decomposition. Wrap its input in stopGradient(), or add a gradient to the op.`,
    );
  for (const tape of tapes) tape.record(op, inputs, output, attrs);
}

export function ruleOf({ gradient }: AnyOp, input: number): GradientRule | null {
  const { rules } = gradient!;
  return (typeof rules === 'function' ? rules(input) : rules[input]) ?? null;
}

/** What a rule reads. There is one list per rule, or one for all. */
export function usesOf({ gradient }: AnyOp, input: number): readonly Used[] {
  const { uses } = gradient!;
  return Array.isArray(uses[0]) ? ((uses as readonly (readonly Used[])[])[input] ?? []) : (uses as readonly Used[]);
}
