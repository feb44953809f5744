import { crossEntropy, Linear, Sequential, Tanh, weightsOf } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { accuracy, type Callback, fit, type FitResult } from '../index.ts';

/** What {@link describeCallback} is told about a callback. */
export interface CallbackChecks {
  /** Why the run learns otherwise with it, where that is what it is for; its weights are not compared then. */
  readonly changes?: string;
}

/**
 * Checks that a callback keeps its promises: a run with it ends, learns the same weights to the bit, and learns them twice; what it saves is plain JSON
 * and can be restored; outputs and labels that it is shown stay as they are; a run that fails lets it end; runs without validation and of a single epoch are fine; no tensor is left behind.
 * @param make makes the callback anew
 */
export function describeCallback(name: string, make: () => Callback, { changes }: CallbackChecks = {}): void {
  const batches = Array.from({ length: 4 }, (_, b) => ({
    inputs: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 5 * b)),
    shape: [6, 2],
    labels: Int32Array.from({ length: 6 }, (_, i) => (Math.sin(2 * i + 5 * b) > 0 ? 1 : 0)),
    indices: [0, 1, 2, 3, 4, 5],
  }));
  const run = async (
    callbacks: readonly Callback[],
    { epochs = 3, validation = true, fail = false } = {},
  ): Promise<{ result: FitResult; weights: unknown }> => {
    const model = new Sequential(new Linear({ in: 2, out: 4 }), new Tanh(), new Linear({ in: 4, out: 2 })).initialize(
      3,
    );
    const optimizer = new Optimizer(model, adam({ learningRate: 0.05 }));
    const failing: Callback = {
      name: 'failing',
      afterStep: ({ step }) => {
        if (fail && step === 2) throw new Error('on purpose');
      },
    };
    try {
      const result = await fit({
        model,
        loss: crossEntropy(),
        optimizer,
        data: batches,
        epochs,
        ...(validation && { validation: batches }),
        metrics: [accuracy()],
        callbacks: [...callbacks, failing],
        onWarning: () => {},
      });
      return {
        result,
        weights: [...(await weightsOf(model))].map(([path, { data }]) => [path, [...(data as Float32Array)]]),
      };
    } finally {
      optimizer.dispose();
      model.dispose();
    }
  };

  describe(`callback ${name}`, () => {
    test('it has a name', () => expect(make().name).toMatch(/\S/));
    test(`a run ${changes === undefined ? 'learns the same with it, to the bit' : `does the same twice; it changes what is learned: ${changes}`}`, async () => {
      const { weights } = await run([make()]);
      expect(weights).toEqual((await run(changes === undefined ? [] : [make()])).weights);
    });
    test('runs without validation, and of one epoch', async () => {
      expect((await run([make()], { epochs: 1 })).result.log.length).toBe(1);
      await run([make()], { validation: false, epochs: 2 });
    });
    test('what it saves is plain JSON, and can be restored', async () => {
      const callback = make();
      await run([callback]);
      const saved = callback.save?.();
      expect(saved === undefined ? undefined : JSON.parse(JSON.stringify(saved))).toEqual(saved);
      make().restore?.(JSON.parse(JSON.stringify(saved ?? null)), (await callback.saveTensors?.()) ?? new Map());
    });
    test('it does not change the outputs and labels that it is shown', async () => {
      const [before, after]: [number[][], number[][]] = [[], []];
      const copying = (name: string, into: number[][]): Callback => ({
        name,
        afterValidationBatch: (_, { values }, { labels }) => void into.push([...values, ...Array.from(labels)]),
      });
      await run([copying('before', before), make(), copying('after', after)]);
      expect(before).not.toEqual([]);
      expect(after).toEqual(before);
    });
    test('a run that fails lets it end', async () =>
      await expect(run([make()], { fail: true })).rejects.toThrow('on purpose'));
    test('nothing is left behind', async () => {
      await run([make()]);
      const before = unfreedTensors();
      await run([make()]);
      expect(unfreedTensors()).toBe(before);
    });
  });
}
