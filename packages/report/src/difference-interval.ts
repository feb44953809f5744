import { interval } from './interval.ts';

/** Hits and the number of trials. */
export type Fraction = readonly [hits: number, all: number];

/**
 * The 95 % confidence interval of the difference of two fractions of separate samples, `first − second`: Newcombe's (1998) hybrid score interval.
 */
export function differenceInterval([a, n]: Fraction, [b, m]: Fraction): [low: number, high: number] {
  const [[l1, u1], [l2, u2]] = [interval(a, n), interval(b, m)];
  const [p1, p2] = [n ? a / n : 0.5, m ? b / m : 0.5];
  return [p1 - p2 - Math.hypot(p1 - l1, u2 - p2), p1 - p2 + Math.hypot(u1 - p1, p2 - l2)];
}
