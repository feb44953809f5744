import { createWasmBackend } from '@graft/backend-wasm';
import { js, Random, tensor } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { doubt, fitLinear, type LinearData } from './fit-linear.ts';
import { lbfgs } from './lbfgs.ts';
import { type Link, linkLosses, smoothingCosts } from './link.ts';
import { principalAxes } from './principal-axes.ts';

interface Case {
  readonly link: Link;
  readonly inputs: number[][];
  readonly targets: (number | number[])[];
  readonly weights: number[] | null;
  readonly fits: readonly { readonly strength: number; readonly loss: number; readonly outputs: number[][] }[];
}
const { origin: _, ...golden } = JSON.parse(
  readFileSync(new URL('./fit-linear.golden.json', import.meta.url), 'utf8'),
) as Record<string, Case> & { origin: string };

const softmax = (row: number[]): number[] => {
  const shares = row.map((value) => Math.exp(value - Math.max(...row)));
  return shares.map((share) => share / shares.reduce((a, b) => a + b));
};
const activated: Readonly<Record<Link, (row: number[]) => number[]>> = {
  softmax,
  sigmoid: (row) => row.map((value) => 1 / (1 + Math.exp(-value))),
  identity: (row) => row,
};
const dataOf = ({ inputs, targets, weights }: Case): LinearData => ({
  inputs: inputs.map((row) => Float32Array.from(row)),
  targets: targets.map((target) => (typeof target === 'number' ? target : Float32Array.from(target))),
  outputs: typeof targets[0] === 'number' ? Math.max(...(targets as number[])) + 1 : (targets[0] as number[]).length,
  ...(weights && { weights }),
});
const outputsOf = (
  { weight, bias }: { readonly weight: Float32Array; readonly bias: Float32Array },
  row: ArrayLike<number>,
): number[] =>
  Array.from(bias, (offset, k) => {
    let sum = offset;
    for (let j = 0; j < row.length; j++) sum += weight[k * row.length + j]! * row[j]!;
    return sum;
  });
const wasm = await createWasmBackend({ threads: 1 });

test.each(
  Object.entries(golden).flatMap(([title, one]) =>
    one.fits.flatMap((fit) => [js, wasm].map((backend) => ({ title, one, fit, backend, on: backend.name }))),
  ),
)('$title, penalty $fit.strength on $on: loss and outputs are those of scikit-learn', async ({ one, fit, backend }) => {
  const data = dataOf(one);
  const found = await fitLinear(data, { link: one.link, backend, strengths: [fit.strength] });
  expect(found.path[0]!.loss).toBeCloseTo(fit.loss, 3);
  const scale = Math.max(...fit.outputs.flat().map(Math.abs));
  for (const [i, row] of one.inputs.entries())
    for (const [k, value] of activated[one.link](outputsOf(found, row)).entries())
      expect(Math.abs(value - fit.outputs[i]![k]!) / scale, `row ${i}`).toBeLessThan(3e-3);
});

/** Two overlapping classes, for which no penalty is too weak and a strong one too strong. */
function overlapping(count: number, seed = 0): LinearData & { readonly folds: number[] } {
  const random = new Random(seed);
  const inputs = Array.from({ length: count }, (_, i) =>
    Float32Array.from({ length: 30 }, (_one, j) => random.normal() + (j < 2 ? (i % 2) * 1.5 : 0)),
  );
  return { inputs, targets: inputs.map((_, i) => i % 2), outputs: 2, folds: inputs.map((_, i) => (i >> 1) % 5) };
}
test('the penalty has the lowest cross-validated loss, and weaker ones are not tried for long', async () => {
  const data = overlapping(80);
  const { path, strength } = await fitLinear(data, { link: 'softmax', backend: js });
  const losses = path.map(({ heldOutLoss }) => heldOutLoss);
  const best = losses.indexOf(Math.min(...losses));
  expect(path[best]!.strength).toBe(strength);
  expect([best > 0, path.length]).toEqual([true, best + 3]);
  for (const [i, { loss }] of path.slice(1).entries()) expect(loss).toBeLessThan(path[i]!.loss); // training loss only falls
});
test('held-out outputs are those of models that did not see the row', async () => {
  const data = overlapping(40);
  const { heldOutOutputs } = await fitLinear(data, { link: 'softmax', backend: js, strengths: [1e-2] });
  const without = data.inputs.flatMap((_, i) => (data.folds[i] === 3 ? [] : [i]));
  // Features are centred and scaled by all rows, so they are given as the fit sees them.
  const alone = await fitLinear(
    { ...data, folds: undefined, weights: data.folds.map((fold) => (fold === 3 ? 0 : 1)) },
    { link: 'softmax', backend: js, strengths: [1e-2] },
  );
  expect(without).toHaveLength(32);
  for (const [i, row] of data.inputs.entries())
    if (data.folds[i] === 3)
      for (const [k, value] of outputsOf(alone, row).entries())
        expect(heldOutOutputs![2 * i + k]).toBeCloseTo(value, 2);
});
test('rows that are not scored do not choose the penalty, but are still held out', async () => {
  const data = overlapping(40);
  const noise = data.inputs.map((row) => row.map((value) => value * 100));
  const twice = {
    ...data,
    inputs: [...data.inputs, ...data.inputs],
    targets: [...data.targets, ...data.targets],
    folds: [...data.folds, ...data.folds],
    scored: [...data.inputs.map(() => true), ...noise.map(() => false)],
  };
  const options = { link: 'softmax', backend: js, strengths: [1e-2, 1e-3], stopEarly: false } as const;
  const [one, two] = [await fitLinear(data, options), await fitLinear(twice, options)];
  for (const [i, { heldOutLoss }] of one.path.entries()) expect(two.path[i]!.heldOutLoss).toBeCloseTo(heldOutLoss, 2);
  expect(two.heldOutOutputs!.slice(80).every(Number.isNaN)).toBe(true);
});
test('a few examples that are easy to separate do not lead to unlimited confidence', async () => {
  const inputs = Array.from({ length: 16 }, (_, i) => Float32Array.of(i % 2 ? 1 : -1, i / 16));
  const fit = await fitLinear(
    { inputs, targets: inputs.map((_, i) => i % 2), outputs: 2, folds: inputs.map((_, i) => (i >> 1) % 4) },
    { link: 'softmax', backend: js },
  );
  const confidence = Math.max(...softmax(outputsOf(fit, inputs[0]!)));
  expect(confidence).toBeGreaterThan(0.8);
  expect(confidence).toBeLessThan(1 - doubt(16) / 4);
});
test('the same seed gives the same bits, for any number of threads', async () => {
  const data = overlapping(60);
  const three = await createWasmBackend({ threads: 3, leastWork: 0 });
  const fits = await Promise.all(
    [wasm, wasm, three].map((backend) => fitLinear(data, { link: 'softmax', backend, seed: 4 })),
  );
  for (const { weight, bias } of fits.slice(1)) expect([weight, bias]).toEqual([fits[0]!.weight, fits[0]!.bias]);
  await three.dispose?.();
});
test('what cannot be fitted is refused, and constant features are', async () => {
  const options = { link: 'softmax', backend: js } as const;
  await expect(fitLinear({ inputs: [], targets: [], outputs: 2 }, options)).rejects.toThrow(
    'at least one row, got none',
  );
  await expect(fitLinear({ inputs: [Float32Array.of(NaN)], targets: [0], outputs: 2 }, options)).rejects.toThrow(
    'finite features, got NaN or infinity',
  );
  const { weight, bias } = await fitLinear(
    { inputs: [1, 1, 1, 1].map((x) => Float32Array.of(x)), targets: [0, 1, 1, 1], outputs: 2 },
    options,
  );
  expect(Array.from(weight, Math.abs)).toEqual([0, 0]);
  expect(softmax([...bias])[1]).toBeCloseTo(0.75, 2);
});

test.each(['softmax', 'sigmoid', 'identity'] as const)('%s: the slope is the finite difference', (link) => {
  const random = new Random(2);
  const outputs = Float64Array.from({ length: 8 }, () => 3 * random.normal());
  const target = link === 'softmax' ? [2] : link === 'sigmoid' ? [1, 0, 1, 0] : [0.5, -2, 1, 3];
  const slope = new Float64Array(8);
  linkLosses[link](outputs, 4, 4, target, slope);
  for (let k = 4; k < 8; k++) {
    const at = (step: number): number =>
      linkLosses[link](
        outputs.map((value, i) => (i === k ? value + step : value)),
        4,
        4,
        target,
        new Float64Array(8),
      );
    expect(slope[k]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6);
  }
});
test('smoothing costs what a smoothed target would', () => {
  const outputs = [0.3, -1, 2];
  const lossOf = (link: Link, target: number[]): number => linkLosses[link](outputs, 0, 3, target, new Float64Array(3));
  const share = 0.12;
  const mixed =
    (1 - share) * lossOf('softmax', [1]) +
    (share / 3) * [0, 1, 2].reduce((sum, label) => sum + lossOf('softmax', [label]), 0);
  expect(lossOf('softmax', [1]) + smoothingCosts.softmax(outputs, 3, [1], share)).toBeCloseTo(mixed, 12);
  const labels = [1, 0, 1];
  const soft = labels.map((label) => label * (1 - share) + share / 2);
  expect(lossOf('sigmoid', labels) + smoothingCosts.sigmoid(outputs, 3, labels, share)).toBeCloseTo(
    lossOf('sigmoid', soft),
    12,
  );
});
test('L-BFGS finds the minimum of a badly scaled function, and stops where there is no progress', () => {
  const scales = [1, 100, 1e4, 1e-2];
  const search = lbfgs(Float64Array.of(3, -2, 1, 5), {
    inverseHessian: Float64Array.of(1, 1, 1, 1),
    tolerance: () => 1e-14,
  });
  let at = search.next();
  while (!at.done) {
    const point = at.value;
    at = search.next({
      value: 1 + scales.reduce((sum, scale, i) => sum + scale * Math.cosh(point[i]! - i), 0),
      gradient: Float64Array.from(point, (x, i) => scales[i]! * Math.sinh(x - i)),
    });
  }
  for (const [i, x] of at.value.point.entries()) expect(x).toBeCloseTo(i, 4);
});
test('principal axes: a rotation whose first axes carry the most variance', async () => {
  const random = new Random(1);
  const [height, width, count] = [50, 12, 3];
  const directions = Array.from({ length: width }, (_, j) => (j < 3 ? 10 / (j + 1) : 0.1));
  const mix = Array.from({ length: width }, () => Array.from({ length: width }, () => random.normal()));
  const rows = Float32Array.from({ length: height * width });
  for (let i = 0; i < height; i++) {
    const own = directions.map((scale) => scale * random.normal());
    for (let j = 0; j < width; j++) rows[i * width + j] = own.reduce((sum, value, k) => sum + value * mix[k]![j]!, 0);
  }
  const x = tensor(rows, { shape: [height, width] });
  const { rotated, variances, back } = await principalAxes(x, count, new Random(0));
  const turned = (await rotated.array()) as Float32Array;
  const norm = (all: Float32Array, i: number): number =>
    all.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value * value, 0);
  for (let i = 0; i < height; i++) expect(norm(turned, i) / norm(rows, i)).toBeCloseTo(1, 4);
  const spread = Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < height; i++) sum += turned[i * width + j]! ** 2 / height;
    return sum;
  });
  for (const [j, variance] of variances.entries()) expect(spread[j]! / variance).toBeCloseTo(1, 3);
  expect(Math.min(...spread.slice(0, count))).toBeGreaterThan(Math.max(...spread.slice(count)));
  const returned = await back(turned.slice());
  for (const [i, value] of returned.entries()) expect(value).toBeCloseTo(rows[i]!, 2);
});
