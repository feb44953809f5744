import { type AnyModule, forward, inference, Module, type ModuleInput, type Run } from '@graft/layers';
import { concat, narrow, scope, Tensor } from '@graft/tensor';

/** Options of {@link InBatches}. */
export interface InBatchesOptions {
  /** The size of the batches that the module takes. */
  readonly batch: number;
}

/**
 * Runs a module that takes batches of one size only, such as a network exported for single images, on batches of any size: part by part, with the last part
 * filled up with its last example. It takes as long as that many calls.
 */
export class InBatches extends Module<ModuleInput> {
  readonly module: AnyModule;
  private readonly batch: number;

  constructor(module: AnyModule, { batch }: InBatchesOptions) {
    super();
    if (!Number.isInteger(batch) || batch < 1)
      throw new Error(`InBatches expects "batch" to be an integer of 1 or more, got ${batch}.`);
    this.module = module;
    this.batch = batch;
  }

  /** @throws if inputs differ in their number of examples, or the module does not return a row for each */
  override forward(input: ModuleInput, run: Run = inference): Tensor {
    const given = input instanceof Tensor ? [['', input] as const] : Object.entries(input);
    const count = given[0]![1].shape[0] ?? 0;
    for (const [name, { shape }] of given)
      if (shape[0] !== count)
        throw new Error(`The input "${name}" has ${shape[0]} examples, but another input has ${count}.`);
    if (count === this.batch) return forward(this.module, input, run);
    return scope(() => {
      const parts: Tensor[] = [];
      for (let start = 0; start < count; start += this.batch) {
        const length = Math.min(this.batch, count - start);
        const part = given.map(([name, x]) => [name, filled(narrow(x, 0, start, length), this.batch)] as const);
        const result = forward(this.module, input instanceof Tensor ? part[0]![1] : Object.fromEntries(part), run);
        if (result.shape[0] !== this.batch)
          throw new Error(
            `The module returned ${result.shape[0]} rows for a batch of ${this.batch} examples, but one for each is expected.`,
          );
        parts.push(length === this.batch ? result : narrow(result, 0, 0, length));
      }
      return concat(parts, 0);
    });
  }
}

/** A batch with its last example repeated up to a size. */
const filled = (x: Tensor, size: number): Tensor => {
  const missing = size - x.shape[0]!;
  if (missing === 0) return x;
  const last = narrow(x, 0, x.shape[0]! - 1, 1);
  return concat([x, ...Array<Tensor>(missing).fill(last)], 0);
};
