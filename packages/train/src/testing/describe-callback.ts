import { crossEntropy, Linear, Sequential, Tanh, weightsOf } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { accuracy, type Callback, fit, type FitResult } from '../index.ts';

/** Options of {@link describeCallback}. */
export interface CallbackChecks {
  /** Set this if the callback is meant to change the weights: a short reason. Weights are then compared with a second run instead of a run without the callback. */
  readonly changes?: string;
}

/**
 * Tests the contract of a callback: training gives the same weights with and without it (or twice the same, see `changes`); its saved state is plain JSON and can
 * be restored; it does not change outputs and labels; it handles failing runs, runs without validation and runs of one epoch; and it frees its tensors.
 * @param make creates a new callback
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
    test('has a name', () => expect(make().name).toMatch(/\S/));
    test(`${changes === undefined ? 'does not change the weights' : `is reproducible (${changes})`}`, async () => {
      const { weights } = await run([make()]);
      expect(weights).toEqual((await run(changes === undefined ? [] : [make()])).weights);
    });
    test('supports runs without validation and runs of one epoch', async () => {
      expect((await run([make()], { epochs: 1 })).result.log.length).toBe(1);
      await run([make()], { validation: false, epochs: 2 });
    });
    test('saves plain JSON that can be restored', async () => {
      const callback = make();
      await run([callback]);
      const saved = callback.save?.();
      expect(saved === undefined ? undefined : JSON.parse(JSON.stringify(saved))).toEqual(saved);
      make().restore?.(JSON.parse(JSON.stringify(saved ?? null)), (await callback.saveTensors?.()) ?? new Map());
    });
    test('does not change outputs and labels', async () => {
      const [before, after]: [number[][], number[][]] = [[], []];
      const copying = (name: string, into: number[][]): Callback => ({
        name,
        afterValidationBatch: (_, { values }, { labels }) => void into.push([...values, ...Array.from(labels)]),
      });
      await run([copying('before', before), make(), copying('after', after)]);
      expect(before).not.toEqual([]);
      expect(after).toEqual(before);
    });
    test('handles a failing run', async () =>
      await expect(run([make()], { fail: true })).rejects.toThrow('on purpose'));
    test('frees its tensors', async () => {
      await run([make()]);
      const before = unfreedTensors();
      await run([make()]);
      expect(unfreedTensors()).toBe(before);
    });
  });
}
