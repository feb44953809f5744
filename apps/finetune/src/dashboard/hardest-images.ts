import type { Label, Task } from '../task/task.ts';
import type { HardImage } from './dashboard-sections.ts';
import type { HeldBatch } from './live-run.ts';

/** How far answers to held-back images are from the truth, the worst first. @param nameOf what an image at a place is called */
export function hardestImages(
  task: Task,
  held: readonly HeldBatch[],
  classes: readonly string[],
  nameOf: (place: number) => string,
  most = 6,
): HardImage[] {
  let before = 0;
  const all = held.flatMap(({ outputs: { values, shape }, targets }) => {
    const start = before;
    before += shape[0]!;
    if (shape.length !== 2 || shape[1] !== classes.length) return [];
    return Array.from({ length: shape[0]! }, (_, n) => {
      const own = [n * classes.length, (n + 1) * classes.length] as const;
      const label: Label =
        task.name === 'classification'
          ? targets[n]!
          : Float32Array.from({ length: classes.length }, (_, k) => targets[own[0] + k]!);
      return { place: start + n, values: Float32Array.from(values.slice(...own)), label };
    });
  });
  if (!all.length) return [];
  const distance = task.distance(all.map(({ label }) => label));
  return all
    .map((one) => ({ ...one, far: distance(one.values, one.label) }))
    .sort((a, b) => b.far - a.far)
    .slice(0, most)
    .map(({ place, values, label }) => ({ place, name: nameOf(place), text: task.compare(values, label, classes) }));
}
