import type { Label } from '@graft/report';
import type { HeldOut, LiveExample, Validated } from './held-out.ts';

/** A held-out example, and how it is predicted now. */
export interface HardExample {
  readonly name: string;
  readonly text: string;
  /** Itself, where it is known. */
  readonly example: LiveExample | undefined;
}

/** The held-out examples whose predictions are farthest from the truth, the worst first. */
export function hardestExamples(
  { objective, names }: HeldOut,
  { batches, examples }: Validated,
  most = 6,
): HardExample[] {
  const all = batches.flatMap(({ outputs: { values, shape }, labels, labelShape }) => {
    const [batch = 0] = shape;
    const [width, numbers] = [values.length / batch, labels.length / batch];
    return Array.from({ length: batch }, (_, n) => ({
      values: values.slice(n * width, (n + 1) * width),
      label: labelOf(labels, n, labelShape ? numbers : undefined),
    }));
  });
  if (!all.length) return [];
  const known = examples.length === all.length; // else they are of other data
  const distance = objective.distance(all.map(({ label }) => label));
  return all
    .map((one, place) => ({ ...one, place, far: farthestIfNaN(distance(one.values, one.label)) }))
    .sort((a, b) => Number(b.far > a.far) - Number(b.far < a.far))
    .slice(0, most)
    .map(({ place, values, label }) => ({
      name: known ? examples[place]!.name : `example ${place + 1}`,
      text: objective.compare(values, label, names),
      example: known ? examples[place] : undefined,
    }));
}

/** A class, or several numbers. */
const labelOf = (labels: ArrayLike<number>, n: number, numbers: number | undefined): Label =>
  numbers === undefined ? labels[n]! : Float32Array.from({ length: numbers }, (_, k) => labels[n * numbers + k]!);

/** Predictions that are not numbers are the worst. */
const farthestIfNaN = (distance: number): number => (Number.isNaN(distance) ? Infinity : distance);
