import type { GeometricTransform } from './geometric.ts';
import { fromPlan, stay } from './geometric.ts';
import { product } from './matrix.ts';

/**
 * Combines geometric transforms into one: their maps are multiplied, and the image is resampled once. Each draws the same random numbers as in
 * `compose`. Areas cut off by one transform can be moved back in by a later one, because pixels come from the source.
 * @throws if the transforms have different fills
 */
export function oneResampling(...transforms: readonly GeometricTransform[]): GeometricTransform {
  const fills = new Set(
    transforms.flatMap(({ rendering: { fill } }) => (fill === undefined ? [] : [JSON.stringify(fill)])),
  );
  if (fills.size > 1)
    throw new Error(`oneResampling expects the same fill for all transforms, got ${[...fills].join(' and ')}.`);
  const [fill] = transforms.flatMap(({ rendering }) => (rendering.fill === undefined ? [] : [rendering.fill]));
  const kernel = transforms.findLast(({ rendering }) => rendering.kernel)?.rendering.kernel;
  return fromPlan(
    (size, random) =>
      transforms.reduce((move, transform, i) => {
        const next = transform.plan(move, random.fork(i));
        return { ...next, back: product(move.back, next.back) };
      }, stay(size)),
    {
      fill,
      ...(kernel && { kernel }),
      minVisible: Math.max(0, ...transforms.map(({ rendering }) => rendering.minVisible)),
    },
  );
}
