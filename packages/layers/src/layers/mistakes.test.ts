import { createApp } from '@graft/plugin';
import { full, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { Conv2d, GRU, layer, layersPlugin, Linear, LSTM, MultiheadAttention, Residual, Sequential } from '../index.ts';

const app = await createApp([layersPlugin]);
const make = (name: string, options: object) => app.get(layer, name).create(options);

describe('options', () => {
  test.each<[string, object, string]>([
    ['linear', { in: 0, out: 2 }, 'Linear expects in to be a positive integer, got 0.'],
    [
      'conv2d',
      { in: 3, out: 4, kernel: 3, groups: 2 },
      'Conv2d with 2 groups expects channels divisible by groups, got in: 3, out: 4.',
    ],
    [
      'conv1d',
      { in: 3, out: 4, kernel: [3, 3] },
      'Conv1d expects kernel to be a positive integer, or 1 of them, got [3, 3].',
    ],
    [
      'conv3d',
      { in: 1, out: 1, kernel: 3, padding: -1 },
      'Conv3d expects padding to be a non-negative integer, or 3 of them, got [-1, -1, -1].',
    ],
    [
      'conv2d',
      { in: 1, out: 1, kernel: 3, padding: 'same', stride: 2 },
      "Conv2d with padding 'same' expects a stride of 1, got 2×2.",
    ],
    [
      'conv2d',
      { in: 1, out: 1, kernel: 3, paddingMode: 'mirror' },
      'Conv2d expects paddingMode to be one of zeros, reflect, replicate, circular, got "mirror".',
    ],
    [
      'convTranspose2d',
      { in: 1, out: 1, kernel: 3, outputPadding: 1 },
      'ConvTranspose2d expects an outputPadding below its stride or dilation, got 1×1 with a stride of 1×1.',
    ],
    [
      'maxPool2d',
      { kernel: 2, padding: 2 },
      'MaxPool2d expects a padding of at most half its window, got windows of 2×2',
    ],
    ['lpPool1d', { kernel: 2, p: 0 }, 'LPPool1d expects p to be at least 1, got 0.'],
    ['adaptiveAvgPool2d', { size: [2] }, 'AdaptiveAvgPool2d expects size to be a number or 2 of them, got [2].'],
    [
      'groupNorm',
      { groups: 3, features: 4 },
      'GroupNorm expects features divisible by groups, got 4 features and 3 groups.',
    ],
    ['batchNorm1d', { features: 1.5 }, 'batchNorm1d expects "features" to be an integer, got 1.5.'],
    [
      'embedding',
      { count: 5, features: 2, paddingIndex: 5 },
      'Embedding with a count of 5 expects a paddingIndex from 0 to 4, got 5.',
    ],
    [
      'multiheadAttention',
      { features: 5, heads: 2 },
      'MultiheadAttention expects features divisible by heads, got 5 features and 2 heads.',
    ],
    [
      'transformerEncoderLayer',
      { features: 4, heads: 2, activation: 'tanh' },
      'TransformerEncoderLayer expects activation to be relu or gelu, got "tanh".',
    ],
    [
      'rnn',
      { in: 2, hidden: 2, nonlinearity: 'sigmoid' },
      'RNN expects nonlinearity to be tanh or relu, got "sigmoid".',
    ],
    ['lstm', { in: 2, hidden: 2, dropout: 1 }, 'LSTM expects a probability in [0, 1), got 1.'],
    ['dropout2d', { probability: -0.1 }, 'Dropout2d expects a probability in [0, 1)'],
    ['upsample', {}, 'Upsample expects either a size or a scaleFactor, got neither.'],
    ['upsample', { size: 2.5 }, 'Upsample expects size to be positive integers, got 2.5.'],
    [
      'upsample',
      { size: 2, mode: 'lanczos' },
      'Upsample expects mode to be one of nearest, linear, bilinear, bicubic, trilinear, got "lanczos".',
    ],
    ['threshold', { threshold: 1 }, 'Threshold expects two numbers, got a threshold of 1 and a value of undefined.'],
    ['hardtanh', { min: 1, max: 1 }, 'Hardtanh expects a min below its max, got 1 and 1.'],
    ['unflatten', { sizes: [-1, -1] }, 'Unflatten expects at most one -1 in sizes, got [-1, -1].'],
  ])('%s %j', (name, options, message) => expect(() => make(name, options)).toThrow(message));
});

describe('inputs', () => {
  test.each<[string, object, readonly number[], string]>([
    ['linear', { in: 3, out: 2 }, [2, 4], 'Linear expects 3 features, got [2, 4].'],
    ['conv1d', { in: 3, out: 1, kernel: 2 }, [1, 2, 5], 'Conv1d expects [batch, 3, length], got [1, 2, 5].'],
    [
      'conv3d',
      { in: 1, out: 1, kernel: 3, dilation: 2 },
      [1, 1, 5, 4, 5],
      'Conv3d has windows of 3×3×3 and needs at least 5×5×5 elements, got [1, 1, 5, 4, 5].',
    ],
    [
      'convTranspose2d',
      { in: 2, out: 1, kernel: 2 },
      [1, 1, 2, 2],
      'ConvTranspose2d expects [batch, 2, height, width], got [1, 1, 2, 2].',
    ],
    ['batchNorm1d', { features: 3 }, [2, 4], 'BatchNorm1d expects [batch, 3], got [2, 4].'],
    ['batchNorm1d', { features: 3 }, [2, 4, 5], 'BatchNorm1d expects [batch, 3, length], got [2, 4, 5].'],
    [
      'batchNorm3d',
      { features: 3 },
      [2, 3, 5, 5],
      'BatchNorm3d expects [batch, 3, depth, height, width], got [2, 3, 5, 5]. Use BatchNorm2d.',
    ],
    [
      'batchNorm2d',
      { features: 3 },
      [2, 3],
      'BatchNorm2d expects [batch, 3, height, width], got [2, 3]. Use BatchNorm1d.',
    ],
    [
      'instanceNorm2d',
      { features: 3 },
      [2, 4, 5, 5],
      'InstanceNorm2d expects [batch, 3, height, width], got [2, 4, 5, 5].',
    ],
    ['groupNorm', { groups: 1, features: 3 }, [2, 4], 'GroupNorm expects [batch, 3, ...], got [2, 4].'],
    ['layerNorm', { features: [2, 3] }, [4, 3, 2], 'LayerNorm expects [..., 2, 3], got [4, 3, 2].'],
    ['rmsNorm', { features: 4 }, [3], 'RMSNorm expects [..., 4], got [3].'],
    ['embedding', { count: 3, features: 2 }, [2], 'Embedding expects integers, got float32 [2].'],
    [
      'learnedPositionalEncoding',
      { count: 3, features: 2 },
      [1, 4, 2],
      'LearnedPositionalEncoding has 3 positions, got a sequence of 4.',
    ],
    ['gru', { in: 3, hidden: 2 }, [2, 4], 'GRU expects [batch, length, 3], got [2, 4].'],
    [
      'multiheadAttention',
      { features: 4, heads: 2 },
      [2, 3, 5],
      'MultiheadAttention expects [batch, length, 4], got [2, 3, 5].',
    ],
    ['maxPool1d', { kernel: 4 }, [1, 1, 3], 'MaxPool1d has windows of 4 and needs at least 4 elements, got [1, 1, 3].'],
    ['avgPool2d', { kernel: 2 }, [1, 3, 3], 'AvgPool2d expects [batch, channels, height, width], got [1, 3, 3].'],
    ['globalMaxPool', {}, [1, 3], 'GlobalMaxPool expects [batch, channels, length, ...], got [1, 3].'],
    ['prelu', { features: 3 }, [1, 2, 2], 'PReLU expects [batch, 3, ...], got [1, 2, 2].'],
    ['glu', {}, [2, 3], 'GLU expects an even number of elements along axis -1, got [2, 3].'],
    ['softmax', { axis: 2 }, [2, 3], 'Softmax expects an axis 2, got [2, 3].'],
    ['dropout2d', {}, [2, 3], 'Dropout2d expects [batch, channels, height, width], got [2, 3].'],
    [
      'upsample',
      { size: [2, 2] },
      [1, 1, 3],
      'Upsample got 2 numbers as size, but an input of [1, 1, 3] needs 1 or 1.',
    ],
    ['pixelShuffle', { factor: 2 }, [1, 6, 2, 2], 'PixelShuffle expects channels divisible by 4, got [1, 6, 2, 2].'],
    [
      'pixelUnshuffle',
      { factor: 2 },
      [1, 1, 3, 2],
      'PixelUnshuffle expects a height and a width divisible by 2, got [1, 1, 3, 2].',
    ],
    [
      'reflectionPad1d',
      { padding: 3 },
      [1, 1, 3],
      'ReflectionPad1d mirrors up to 3 elements, so each dimension must be larger than that, got [1, 1, 3].',
    ],
    ['unflatten', { sizes: [4, -1] }, [2, 6], 'Unflatten cannot split axis 1 into [4, -1], got [2, 6].'],
  ])('%s %j', (name, options, shape, message) =>
    expect(() => make(name, options).forward(full(shape, 1))).toThrow(message),
  );

  test('the path is named if it is known', () => {
    const model = new Sequential(
      new Sequential(new Conv2d({ in: 1, out: 2, kernel: 1 }), new GRU({ in: 2, hidden: 3 })),
    );
    void [...model.parameters()];
    expect(() => model.forward(full([1, 3, 2, 2], 1))).toThrow('Conv2d "0.0" expects [batch, 1, height, width]');
    expect(() => model.forward(full([1, 1, 2, 2], 1))).toThrow(
      'GRU "0.1" expects [batch, length, 2], got [1, 2, 2, 2].',
    );
  });
  test('mismatched states, masks and branches', () => {
    const x = full([2, 3, 4], 1);
    const lstm = new LSTM({ in: 4, hidden: 2 });
    expect(() => lstm.unroll(x, { states: [x] })).toThrow('LSTM expects 2 initial states, got 1.');
    expect(() => lstm.unroll(x, { states: [full([1, 2, 2], 0), full([1, 1, 2], 0)] })).toThrow(
      'LSTM expects [1, 2, 2], got [1, 1, 2].',
    );
    const attention = new MultiheadAttention({ features: 4, heads: 2 });
    expect(() => attention.attend(x, x, x, { keyPaddingMask: tensor([0, 1, 1], { dtype: 'bool' }) })).toThrow(
      'MultiheadAttention expects [2, 3], got [3].',
    );
    expect(() => attention.attend(x, full([1, 3, 4], 1), x)).toThrow(
      'MultiheadAttention expects [2, length, 4], got [1, 3, 4].',
    );
    expect(() => new Residual(new Linear({ in: 4, out: 3 })).forward(x)).toThrow(
      'Residual expects a branch that keeps the shape, got [2, 3, 3] for a shortcut of [2, 3, 4]. Give it a shortcut',
    );
  });
});
