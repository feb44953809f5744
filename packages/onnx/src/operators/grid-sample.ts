import { type GridSampling, gridSample as sampled, type Tensor } from '@graft/tensor';
import { checkSize, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

const modes: Readonly<Record<string, GridSampling['mode']>> = {
  nearest: 'nearest',
  bilinear: 'bilinear',
  bicubic: 'bicubic',
  linear: 'bilinear',
  cubic: 'bicubic', // the last two are the names of version 20
};
const paddings: readonly string[] = ['zeros', 'border', 'reflection'] satisfies readonly GridSampling['padding'][];

function gridSample(x: Tensor, grid: Tensor, { attributes }: OperatorNode): Tensor {
  const [mode, padding] = [attributes.string('mode', 'bilinear'), attributes.string('padding_mode', 'zeros')];
  if (!Object.hasOwn(modes, mode)) throw new Error(`its mode "${mode}" is not supported.`);
  if (!paddings.includes(padding)) throw new Error(`its padding_mode "${padding}" is not supported.`);
  checkSize([...x.shape.slice(0, 2), ...grid.shape.slice(1, -1)]);
  return sampled(x, grid, {
    mode: modes[mode]!,
    padding: padding as GridSampling['padding'],
    alignCorners: attributes.int('align_corners', 0) === 1,
  });
}

export const gridSampleOperators: readonly OnnxOperator[] = [
  operator('GridSample', 16, ([x, grid], node) => gridSample(x!, grid!, node), { inputs: 2 }),
];
