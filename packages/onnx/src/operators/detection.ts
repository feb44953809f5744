import { integers, type Tensor } from '@graft/tensor';
import { numberOf, numbersOf, type OnnxOperator, operator } from '../operator.ts';
import { spendElements } from '../work-budget.ts';

type Box = readonly [top: number, left: number, bottom: number, right: number];

function overlap(a: Box, b: Box): number {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (height <= 0 || width <= 0) return 0;
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (height * width) / (area(a) + area(b) - height * width);
}

/** Converts a box from two corners, or from its centre and size. */
function boxOf(values: readonly number[], at: number, centered: boolean): Box {
  const [a, b, c, d] = values.slice(at, at + 4) as [number, number, number, number];
  if (centered) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2];
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

/** Maximum number of pairs of boxes to compare: seconds. */
const mostCompared = 2 ** 29;

/** Non-maximum suppression: boxes by descending score, without those that overlap a better one too much; rows of [image, class, box]. */
function suppressed(
  [boxes, scores, most, overlapLimit, scoreLimit]: readonly (Tensor | undefined)[],
  centered: boolean,
): Tensor {
  const [images, classes, count] = scores!.shape as [number, number, number];
  const [corners, values] = [numbersOf(boxes!, 'boxes'), numbersOf(scores!, 'scores')];
  const [limit, least, tooMuch] = [
    most ? numberOf(most, 'max_output_boxes_per_class') : 0,
    scoreLimit ? numberOf(scoreLimit, 'score_threshold') : Number.NEGATIVE_INFINITY,
    overlapLimit ? numberOf(overlapLimit, 'iou_threshold') : 0,
  ];
  const chosen: number[] = [];
  let compared = 0;
  for (let image = 0; image < images; image++)
    for (let one = 0; one < classes; one++) {
      const score = (i: number): number => values[(image * classes + one) * count + i]!;
      const order = Array.from({ length: count }, (_, i) => i)
        .filter((i) => score(i) > least)
        .sort((a, b) => score(b) - score(a) || a - b);
      const kept: Box[] = [];
      for (const i of order) {
        if (kept.length >= limit) break;
        spendElements(kept.length);
        if ((compared += kept.length) > mostCompared)
          throw new Error(
            `${count} boxes of ${classes} classes take more than ${mostCompared} comparisons. Use a lower max_output_boxes_per_class.`,
          );
        const box = boxOf(corners, (image * count + i) * 4, centered);
        if (kept.some((other) => overlap(box, other) > tooMuch)) continue;
        kept.push(box);
        chosen.push(image, one, i);
      }
    }
  return integers(chosen, [chosen.length / 3, 3]);
}

export const detectionOperators: readonly OnnxOperator[] = [
  operator(
    'NonMaxSuppression',
    10,
    (inputs, { attributes }) => suppressed(inputs, attributes.int('center_point_box', 0) === 1),
    { inputs: [2, 5], steering: [2, 3, 4] },
  ),
];
