import type { Schedule } from './schedule.ts';

const interpolateCosine = (from: number, to: number, share: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;

/** From `from` to `to` in equal steps. */
export const linear = ({ from, to, steps }: { from: number; to: number; steps: number }): Schedule =>
  (step) => from + (to - from) * Math.min(1, step / steps);

/** From `from` down to `to` along half a cosine (Loshchilov and Hutter 2017). */
export const cosine = ({ from, to = 0, steps }: { from: number; to?: number; steps: number }): Schedule =>
  (step) => interpolateCosine(from, to, Math.min(1, step / steps));

/** Multiplied by `factor` every `every` steps. */
export const stepDecay = ({ from, factor = 0.1, every }: { from: number; factor?: number; every: number }): Schedule =>
  (step) => from * factor ** Math.floor(step / every);

/** Multiplied by `factor` each step. */
export const exponential = ({ from, factor }: { from: number; factor: number }): Schedule =>
  (step) => from * factor ** step;

/** From 0 up to what another schedule starts with, then that schedule from its beginning. */
export const warmUp = ({ steps, then }: { steps: number; then: Schedule }): Schedule =>
  (step) => (step < steps ? (then(0) * (step + 1)) / (steps + 1) : then(step - steps));

/** Up to `peak` and down to almost 0, both along cosines (Smith 2018; fastai's defaults). */
export const oneCycle = ({ peak, steps, warmUpShare = 0.25, divide = 25, finalDivide = 1e5 }: { peak: number; steps: number; warmUpShare?: number; divide?: number; finalDivide?: number }): Schedule => {
  const top = Math.max(1, warmUpShare * steps);
  return (step) => (step < top ? interpolateCosine(peak / divide, peak, step / top) : interpolateCosine(peak, peak / finalDivide, Math.min(1, (step - top) / Math.max(1, steps - top))));
};
