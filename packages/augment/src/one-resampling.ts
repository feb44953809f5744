import type { GeometricTransform } from './geometric.ts';
import { fromPlan, stay } from './geometric.ts';
import { product } from './matrix.ts';

/**
 * Geometric transforms, one after another, as a single one: their maps are multiplied, and pixels are taken once. Each draws what it
 * draws in `compose`. What one of them cuts off can come back in by a later one, from the source.
 * @throws where two fill what comes in from outside differently
 */
export function oneResampling(...transforms: readonly GeometricTransform[]): GeometricTransform {
  const fills = new Set(
    transforms.flatMap(({ rendering: { fill } }) => (fill === undefined ? [] : [JSON.stringify(fill)])),
  );
  if (fills.size > 1)
    throw new Error(`oneResampling wants one fill, got ${[...fills].join(' and ')}. Give all its transforms the same.`);
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
