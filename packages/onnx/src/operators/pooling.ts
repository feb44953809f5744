import { avgPool2d, globalAvgPool, max, maxPool2d, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { asImages, likeInput, windowsOf } from './windows.ts';

const spatial = (x: Tensor): number[] => Array.from({ length: x.rank - 2 }, (_, i) => i + 2);

function maxPool(x: Tensor, { attributes, outputs }: OperatorNode): Tensor {
  if (outputs[1]) throw new Error('its second output, the indices of the greatest elements, is not supported.');
  const windows = windowsOf(attributes, x.shape);
  return likeInput(maxPool2d(asImages(x), { ...windows, ceilMode: attributes.int('ceil_mode', 0) === 1 }), x);
}

/** @param countIncludePad before version 7 padding always stayed out of the mean */
function averagePool(x: Tensor, { attributes }: OperatorNode, countIncludePad: boolean): Tensor {
  const windows = windowsOf(attributes, x.shape);
  return likeInput(avgPool2d(asImages(x), { ...windows, ceilMode: attributes.int('ceil_mode', 0) === 1, countIncludePad }), x);
}

export const poolingOperators: readonly OnnxOperator[] = [
  operator('MaxPool', 1, ([x], node) => maxPool(x!, node)),
  operator('AveragePool', 1, ([x], node) => averagePool(x!, node, false)),
  operator('AveragePool', 7, ([x], node) => averagePool(x!, node, node.attributes.int('count_include_pad', 0) === 1)),
  operator('GlobalAveragePool', 1, ([x]) => globalAvgPool(x!)),
  operator('GlobalMaxPool', 1, ([x]) => max(x!, spatial(x!), true)),
];
