import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Boxes, BoxPrecision } from '../index.ts';

interface Image {
  readonly truths: number[][];
  readonly classes: number[];
  readonly found: number[][];
  readonly kinds: number[];
  readonly scores: number[];
}
const golden = JSON.parse(readFileSync(new URL('./box-precision.golden.json', import.meta.url), 'utf8')) as {
  images: Image[];
  mean: number;
  'at 0.5': number;
  'at 0.75': number;
  byClass: (number | null)[];
};
const corners = (boxes: number[][]): Boxes['boxes'] => boxes.map(([x, y, w, h]) => [x!, y!, x! + w!, y! + h!] as const);

test('mean average precision matches COCO', () => {
  const scores = new BoxPrecision();
  for (const { truths, classes, found, kinds, scores: confidences } of golden.images)
    scores.add({ boxes: corners(found), classes: kinds, scores: confidences }, { boxes: corners(truths), classes });
  const { mean, byOverlap, byClass } = scores.result();
  expect([mean, byOverlap.get(0.5), byOverlap.get(0.75)].map((v) => v!.toFixed(9))).toEqual(
    [golden.mean, golden['at 0.5'], golden['at 0.75']].map((v) => v.toFixed(9)),
  );
  for (const [kind, value] of golden.byClass.entries())
    if (value === null) expect(byClass.has(kind)).toBe(false);
    else expect(byClass.get(kind)).toBeCloseTo(value, 9);
});
test('each true box is matched once; without true boxes the result is NaN', () => {
  const scores = new BoxPrecision({ overlaps: [0.5] });
  expect(scores.result().mean).toBeNaN();
  const boxes = [
    [0, 0, 2, 2],
    [0, 0, 2, 2],
  ] as const;
  scores.add({ boxes, classes: [0, 0], scores: [0.9, 0.8] }, { boxes: boxes.slice(0, 1), classes: [0] });
  expect(scores.result().mean).toBe(1);
  scores.add({ boxes: [], classes: [], scores: [] }, { boxes, classes: [0, 1] });
  expect(scores.result().byClass.get(1)).toBe(0);
});
test('rejects invalid options and mismatched counts', () => {
  expect(() => new BoxPrecision({ overlaps: [0] })).toThrow('overlaps in (0, 1], got 0');
  expect(() => new BoxPrecision({ most: 0 })).toThrow('"most" to be an integer of 1 or more, got 0');
  expect(() =>
    new BoxPrecision().add({ boxes: [[0, 0, 1, 1]], classes: [], scores: [1] }, { boxes: [], classes: [] }),
  ).toThrow('1 detected boxes, 0 classes and 1 scores');
  expect(() => new BoxPrecision().add({ boxes: [], classes: [], scores: [] }, { boxes: [], classes: [1] })).toThrow(
    '0 true boxes and 1 classes',
  );
});
