import { bestOf } from '@graft/train';
import { percent } from '../quantities.ts';
import type { HardImage } from './dashboard-sections.ts';
import type { HeldBatch } from './live-run.ts';

/** How surely each held-back image is taken for the wrong class, the worst first. @param nameOf what an image at a place is called */
export function hardestImages(held: readonly HeldBatch[], classes: readonly string[], nameOf: (place: number) => string, most = 6): HardImage[] {
  let before = 0;
  return held.flatMap(({ outputs: { values, shape }, targets }) => {
    const start = before;
    before += targets.length;
    if (shape.length !== 2 || shape[1] !== classes.length) return [];
    return Array.from(targets, (truth, n) => {
      const logits = values.subarray(n * classes.length, (n + 1) * classes.length);
      const greatest = logits[bestOf(logits)]!;
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
      const share = (k: number): number => Math.exp(logits[k]! - greatest) / total;
      return { place: start + n, truth, answer: bestOf(logits), loss: Math.log(total) + greatest - logits[truth]!, share };
    });
  }).sort((a, b) => b.loss - a.loss).slice(0, most).map(({ place, truth, answer, share }) => ({
    place, name: nameOf(place),
    text: answer === truth ? `${classes[truth]!}, right with ${percent(share(truth))}` : `${classes[answer]!} with ${percent(share(answer))}, is ${classes[truth]!} (${percent(share(truth))})`,
  }));
}
