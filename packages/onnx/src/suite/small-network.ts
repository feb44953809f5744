import { buildModel, floats, type ModelSketch, noise } from './build-model.ts';

/** A small image classifier: two convolutions, 16 pooled features and five classes, for images of any size, or of one. */
export const smallNetwork = ({
  side = 'S',
  ...more
}: { readonly side?: number | string } & Partial<ModelSketch> = {}): Uint8Array =>
  buildModel({
    inputs: { image: { shape: ['N', 3, side, side] } },
    outputs: ['scores'],
    constants: {
      'stem.weight': floats([8, 3, 3, 3], noise(1)),
      'body.weight': floats([16, 8, 3, 3], (i) => noise(2)(i) / 4),
      'fc.weight': floats([16, 5], noise(3)),
    },
    nodes: [
      ['Conv', ['image', 'stem.weight'], ['stem'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['Relu', ['stem'], ['stemRelu']],
      ['Conv', ['stemRelu', 'body.weight'], ['body'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['Relu', ['body'], ['bodyRelu']],
      ['GlobalAveragePool', ['bodyRelu'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
    ...more,
  });
