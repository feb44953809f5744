import type { Tensor } from '../tensor.ts';
import { reshape, transpose } from './movement.ts';

/**
 * Rearranges blocks of channels into pixels: [batch, channels · block², h, w] → [batch, channels, h · block, w · block].
 * @param order whether channels are grouped by pixel of a block (`blocks`, ONNX's DCR) or by output channel (`channels`, ONNX's CRD and PyTorch's pixel shuffle)
 */
export function depthToSpace(x: Tensor, block: number, order: 'blocks' | 'channels'): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const left = c / block ** 2;
  const [shape, axes] =
    order === 'channels'
      ? [
          [n, left, block, block, h, w],
          [0, 1, 4, 2, 5, 3],
        ]
      : [
          [n, block, block, left, h, w],
          [0, 3, 4, 1, 5, 2],
        ];
  return reshape(transpose(reshape(x, shape), axes), [n, left, h * block, w * block]);
}

/** The inverse of {@link depthToSpace}. */
export function spaceToDepth(x: Tensor, block: number, order: 'blocks' | 'channels'): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const axes = order === 'channels' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return reshape(transpose(reshape(x, [n, c, h / block, block, w / block, block]), axes), [
    n,
    c * block ** 2,
    h / block,
    w / block,
  ]);
}
