import type { Label } from '@graft/report';
import type { HeldOut, LiveExample, Validated } from './held-out.ts';

/** A held-out example and its current prediction. */
export interface HardExample {
  readonly name: string;
  readonly text: string;
  /** The example, if it is known. */
  readonly example: LiveExample | undefined;
}

/** The `most` held-out examples with the largest errors, worst first. */
export function hardestExamples(
  { objective, names }: HeldOut,
  { batches, examples }: Validated,
  most = 6,
): HardExample[] {
  const all = batches.flatMap(({ outputs: { values, shape }, labels, labelShape }) => {
    const [batch = 0] = shape;
    const [width, targets] = [values.length / batch, labels.length / batch];
    return Array.from({ length: batch }, (_, n) => ({
      values: values.slice(n * width, (n + 1) * width),
      label: labelOf(labels, n, labelShape ? targets : undefined),
    }));
  });
  if (!all.length) return [];
  const known = examples.length === all.length; // otherwise they belong to other data
  const distance = objective.distance(all.map(({ label }) => label));
  return all
    .map((one, place) => ({ ...one, place, far: infiniteIfNaN(distance(one.values, one.label)) }))
    .sort((a, b) => Number(b.far > a.far) - Number(b.far < a.far))
    .slice(0, most)
    .map(({ place, values, label }) => ({
      name: known ? examples[place]!.name : `example ${place + 1}`,
      text: objective.compare(values, label, names),
      example: known ? examples[place] : undefined,
    }));
}

/** A class index, or a vector of targets. */
const labelOf = (labels: ArrayLike<number>, n: number, targets: number | undefined): Label =>
  targets === undefined ? labels[n]! : Float32Array.from({ length: targets }, (_, k) => labels[n * targets + k]!);

/** Sorts NaN predictions first. */
const infiniteIfNaN = (distance: number): number => (Number.isNaN(distance) ? Infinity : distance);
