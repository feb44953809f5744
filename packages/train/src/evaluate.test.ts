import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { Linear } from '@graft/layers';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import type { Metric, Outputs, RunningMetric } from './metric.ts';

/** Counts samples. Written as a class, as a plugin author might. */
class Seen implements RunningMetric {
  #seen = 0;
  add(_: Outputs, targets: ArrayLike<number>): void {
    this.#seen += targets.length;
  }
  result(): number {
    return this.#seen;
  }
}
class SeenMetric implements Metric {
  readonly name = 'seen';
  readonly greaterIsBetter = true;
  readonly #make = (): Seen => new Seen();
  start(): RunningMetric {
    return this.#make();
  }
}

test('metrics may be classes, with methods and private fields', async () => {
  const samples = Array.from({ length: 7 }, (_, i) => ({ input: [i, 1], label: i % 2 }));
  const data = new Loader(arrayDataset(samples), { batchSize: 3, collate: vectorBatch() });
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  expect(await evaluate(model, data, { metrics: [new SeenMetric()] })).toEqual({ seen: 7 });
});
