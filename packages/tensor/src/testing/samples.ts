import type { Sample } from './describe-op.ts';

const x = { shape: [2, 3] };
const positive = { shape: [2, 3], values: 'positive' as const };
const distinct = { shape: [3, 4], values: 'distinct' as const };
const row = { shape: [3] };
const image = { shape: [2, 4, 5, 6] };
const conv = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 };
const strided = { stride: [2, 1], padding: [0, 1, 2, 0], dilation: [1, 2], groups: 2 };
const pool = {
  kernel: [2, 3],
  stride: [2, 2],
  padding: [0, 1, 1, 1],
  dilation: [1, 1],
  ceilMode: false,
  countIncludePad: true,
};
const channel = { shape: [4] };
const spread = { shape: [2, 4], values: [0.1, -0.2, 0.3, 0, 1.2, 0.8, 0.5, 2] };
const elementwise: Sample[] = [{ inputs: [x] }, { inputs: [{ shape: [37] }] }];
const pairs: Sample[] = [
  { inputs: [x, x] },
  { inputs: [x, row] },
  { inputs: [x, { shape: [] }] },
  { inputs: [{ shape: [2, 1] }, row] },
  { inputs: [{ shape: [2, 3, 4, 5] }, { shape: [1, 3, 1, 1] }] },
];
const positives: Sample[] = [
  { inputs: [positive, positive] },
  { inputs: [positive, { shape: [3], values: 'positive' }] },
];
const reductions: Sample[] = [
  { inputs: [distinct], attrs: { axes: [0, 1], keepDims: false } },
  { inputs: [distinct], attrs: { axes: [1], keepDims: true } },
  { inputs: [{ shape: [2, 3, 4, 5], values: 'distinct' }], attrs: { axes: [0, 2, 3], keepDims: false } },
  { inputs: [{ shape: [2, 3, 4], values: 'distinct' }], attrs: { axes: [1], keepDims: false } },
];
const activationGrad: Sample[] = [{ inputs: [x, { shape: [2, 3], values: 'distinct' }] }];
/** Where functions on [-1, 1] are smooth. */
const within: Sample[] = [{ inputs: [{ shape: [5], values: [-0.7, -0.2, 0.1, 0.5, 0.8] }] }];
const bits: Sample[] = [
  {
    inputs: [
      { shape: [3], values: [12, 7, 255], dtype: 'uint8' },
      { shape: [3], values: [10, 1, 3], dtype: 'uint8' },
    ],
  },
  {
    inputs: [
      { shape: [2], values: [12, 7], dtype: 'uint64' },
      { shape: [1], values: [3], dtype: 'uint64' },
    ],
  },
];
const jump = 'discontinuous: no derivative';

/** Far from singular, and positive definite. */
const square = { shape: [3, 3], values: [2, -0.7, 0.4, 0.3, 1.5, -0.6, -0.2, 0.8, 1.8] };
const definite = {
  shape: [2, 3, 3],
  values: [2, -0.3, 0.4, -0.3, 1.5, -0.2, 0.4, -0.2, 1.8, 1.1, 0.5, 0.1, 0.5, 2.3, -0.4, 0.1, -0.4, 0.9],
};

/** Samples for every op of the tensor package, by name: what {@link describeBackend} runs. */
export const samples: Readonly<Record<string, readonly Sample[]>> = {
  attention: [
    { inputs: [{ shape: [1, 2, 3, 4] }, { shape: [1, 2, 5, 4] }, { shape: [1, 2, 5, 2] }], attrs: { scale: 0.5 } },
    {
      inputs: [{ shape: [2, 1, 3, 2] }, { shape: [2, 1, 3, 2] }, { shape: [2, 1, 3, 2] }, { shape: [3, 3] }],
      attrs: { scale: 0.7 },
    },
  ],
  add: pairs,
  sub: pairs,
  mul: pairs,
  div: positives,
  pow: positives,
  maximum: pairs,
  minimum: pairs,
  mod: [
    {
      inputs: [
        { shape: [4], values: [5.3, -5.3, 5.3, -5.3] },
        { shape: [4], values: [2, 2, -2, -2] },
      ],
    },
  ],
  fmod: [
    {
      inputs: [
        { shape: [4], values: [5.3, -5.3, 5.3, -5.3] },
        { shape: [4], values: [2, 2, -2, -2] },
      ],
    },
  ],
  neg: elementwise,
  abs: elementwise,
  sign: elementwise,
  exp: elementwise,
  log: [{ inputs: [positive] }],
  sqrt: [{ inputs: [positive] }],
  reciprocal: [{ inputs: [positive] }],
  square: elementwise,
  sin: elementwise,
  cos: elementwise,
  floor: elementwise,
  ceil: elementwise,
  trunc: elementwise,
  tan: within,
  sinh: elementwise,
  cosh: elementwise,
  asin: within,
  acos: within,
  atan: elementwise,
  asinh: elementwise,
  atanh: within,
  acosh: [{ inputs: [{ shape: [3], values: [1.2, 2, 9] }] }],
  bitAnd: bits,
  bitOr: bits,
  bitXor: bits,
  shiftLeft: bits,
  shiftRight: bits,
  bitNot: [{ inputs: [{ shape: [3], values: [0, 5, -7], dtype: 'int32' }] }],
  round: [{ inputs: [{ shape: [5], values: [0.5, 1.5, -0.5, 2.4, -2.6] }], noGradient: jump }],
  equal: [{ inputs: [x, x] }],
  less: [{ inputs: [x, row] }],
  lessEqual: [{ inputs: [x, row] }],
  greater: [{ inputs: [x, row] }],
  greaterEqual: [{ inputs: [x, row] }],
  and: [
    {
      inputs: [
        { shape: [4], values: [0, 1, 0, 1] },
        { shape: [4], values: [0, 0, 1, 1] },
      ],
    },
  ],
  or: [
    {
      inputs: [
        { shape: [4], values: [0, 1, 0, 1] },
        { shape: [4], values: [0, 0, 1, 1] },
      ],
    },
  ],
  xor: [
    {
      inputs: [
        { shape: [4], values: [0, 1, 0, 1] },
        { shape: [4], values: [0, 0, 1, 1] },
      ],
    },
  ],
  not: [{ inputs: [{ shape: [2], values: [0, 1], dtype: 'bool' }] }],
  isNaN: [{ inputs: [{ shape: [2], values: [Number.NaN, 1] }] }],
  cast: [
    { inputs: [{ shape: [3], values: [1.7, -1.7, 0] }], attrs: { dtype: 'int32' } },
    { inputs: [{ shape: [3], values: [0.5, -1.5, 2] }], attrs: { dtype: 'float64' } },
  ],
  gradientProbe: [{ inputs: [x], attrs: { hear: () => undefined } }],
  stopGradient: [{ inputs: [x], noGradient: 'stops the gradient' }],
  relu: elementwise,
  sigmoid: elementwise,
  tanh: elementwise,
  silu: elementwise,
  gelu: elementwise,
  erf: elementwise,
  softplus: elementwise,
  hardSwish: [{ inputs: [{ shape: [6], values: [-4, -2.9, -0.1, 0.4, 2.9, 5] }] }],
  hardSigmoid: [{ inputs: [x], attrs: { alpha: 0.2, beta: 0.5 } }],
  clip: [{ inputs: [x], attrs: { min: -0.5, max: 0.7 } }],
  leakyRelu: [{ inputs: [x], attrs: { alpha: 0.1 } }],
  elu: [{ inputs: [x], attrs: { alpha: 1.3 } }],
  reluGrad: activationGrad,
  sigmoidGrad: activationGrad,
  tanhGrad: activationGrad,
  siluGrad: activationGrad,
  geluGrad: activationGrad,
  erfGrad: activationGrad,
  softplusGrad: activationGrad,
  hardSwishGrad: activationGrad,
  hardSigmoidGrad: [{ ...activationGrad[0]!, attrs: { alpha: 0.2, beta: 0.5 } }],
  clipGrad: [{ ...activationGrad[0]!, attrs: { min: -0.1, max: 0.2 } }],
  leakyReluGrad: [{ ...activationGrad[0]!, attrs: { alpha: 0.1 } }],
  eluGrad: [{ ...activationGrad[0]!, attrs: { alpha: 1.3 } }],
  reshape: [{ inputs: [x], attrs: { shape: [3, 2] } }],
  expand: [{ inputs: [{ shape: [2, 1, 3] }], attrs: { shape: [4, 2, 5, 3] } }],
  transpose: [
    { inputs: [x], attrs: { permutation: [1, 0] } },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { permutation: [2, 0, 1] } },
  ],
  slice: [
    { inputs: [distinct], attrs: { starts: [1, 3], sizes: [2, 2], steps: [1, -2] } },
    { inputs: [distinct], attrs: { starts: [1, 1], sizes: [2, 3], steps: [1, 1] } },
  ],
  sliceGrad: [{ inputs: [{ shape: [2, 2] }], attrs: { starts: [1, 3], sizes: [2, 2], steps: [1, -2], shape: [3, 4] } }],
  concat: [
    { inputs: [x, { shape: [2, 2] }, x], attrs: { axis: 1 } },
    { inputs: [x, x], attrs: { axis: 0 } },
  ],
  pad: [
    { inputs: [x], attrs: { before: [1, 0], after: [0, 2], value: 0.5 } },
    { inputs: [distinct], attrs: { before: [-1, 1], after: [0, -2], value: 0 } },
  ],
  sum: reductions,
  mean: reductions,
  max: reductions,
  min: reductions,
  prod: [{ inputs: [positive], attrs: { axes: [1], keepDims: false } }],
  argMax: [{ inputs: [distinct], attrs: { axis: 1, keepDims: false } }],
  argMin: [{ inputs: [distinct], attrs: { axis: 0, keepDims: true } }],
  argSort: [
    { inputs: [distinct], attrs: { axis: 1, descending: false } },
    { inputs: [distinct], attrs: { axis: 0, descending: true } },
  ],
  cumSum: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { axis: 1, exclusive: false, reverse: false } },
    { inputs: [x], attrs: { axis: 1, exclusive: true, reverse: true } },
    { inputs: [x], attrs: { axis: 0, exclusive: true, reverse: false } },
    { inputs: [x], attrs: { axis: 1, exclusive: false, reverse: true } },
  ],
  cholesky: [{ inputs: [definite] }],
  det: [{ inputs: [definite] }, { inputs: [square] }, { inputs: [{ shape: [2, 2], values: [0, 2, -3, 0.5] }] }],
  solve: [{ inputs: [square, { shape: [3, 2] }] }, { inputs: [definite, { shape: [4, 1, 3, 1] }] }],
  qrQ: [{ inputs: [square] }, { inputs: [{ shape: [2, 4, 3] }] }],
  svd: [
    { inputs: [square], tolerance: 1e-4 },
    { inputs: [{ shape: [2, 3, 2] }], tolerance: 1e-4 },
    { inputs: [{ shape: [2, 4] }], tolerance: 1e-4 },
  ],
  matmul: [
    { inputs: [x, { shape: [3, 4] }], attrs: { transposeA: false, transposeB: false } },
    { inputs: [{ shape: [3, 2] }, { shape: [4, 3] }], attrs: { transposeA: true, transposeB: true } },
    { inputs: [{ shape: [2, 1, 2, 3] }, { shape: [3, 4, 3] }], attrs: { transposeA: false, transposeB: true } },
    {
      inputs: [{ shape: [17, 33] }, { shape: [33, 19] }],
      attrs: { transposeA: false, transposeB: false },
      noGradient: 'large; the shape exercises the kernels',
    },
  ],
  conv2d: [
    { inputs: [{ shape: [2, 2, 4, 4] }, { shape: [3, 2, 3, 3] }, { shape: [3] }], attrs: conv },
    { inputs: [{ shape: [2, 2, 5, 6] }, { shape: [4, 1, 2, 3] }], attrs: strided },
    { inputs: [{ shape: [1, 3, 4, 4] }, { shape: [3, 1, 3, 3] }], attrs: { ...conv, groups: 3 } },
    {
      inputs: [{ shape: [2, 3, 3, 3] }, { shape: [5, 3, 1, 1] }, { shape: [5] }],
      attrs: { ...conv, padding: [0, 0, 0, 0] },
    },
  ],
  activatedConv2d: [
    {
      inputs: [{ shape: [2, 2, 4, 4] }, { shape: [3, 2, 3, 3] }, { shape: [3] }],
      attrs: { ...conv, activation: 'clip', min: 0, max: 1 },
    },
    {
      inputs: [{ shape: [1, 3, 4, 4] }, { shape: [3, 1, 3, 3] }, { shape: [3] }],
      attrs: { ...conv, groups: 3, activation: 'hardSwish', min: 0, max: 0 },
    },
    {
      inputs: [{ shape: [2, 3, 3, 3] }, { shape: [5, 3, 1, 1] }, { shape: [5] }],
      attrs: { ...conv, padding: [0, 0, 0, 0], activation: 'clip', min: 0, max: Number.POSITIVE_INFINITY },
    },
  ],
  conv2dInputGrad: [
    { inputs: [{ shape: [2, 4, 3, 3] }, { shape: [4, 1, 2, 3] }], attrs: { ...strided, inputShape: [2, 2, 5, 6] } },
  ],
  conv2dWeightGrad: [
    { inputs: [{ shape: [2, 2, 5, 6] }, { shape: [2, 4, 3, 3] }], attrs: { ...strided, kernelShape: [4, 1, 2, 3] } },
  ],
  maxPool2d: [
    { inputs: [{ shape: [2, 2, 5, 6], values: 'distinct' }], attrs: pool },
    {
      inputs: [{ shape: [1, 2, 6, 6], values: 'distinct' }],
      attrs: { ...pool, kernel: [2, 2], padding: [0, 0, 0, 0], dilation: [2, 1], ceilMode: true },
    },
  ],
  avgPool2d: [
    { inputs: [image], attrs: pool },
    { inputs: [image], attrs: { ...pool, ceilMode: true, countIncludePad: false } },
  ],
  maxPool2dGrad: [
    {
      inputs: [{ shape: [1, 2, 3, 3] }, { shape: [1, 2, 6, 6], values: 'distinct' }, { shape: [1, 2, 3, 3] }],
      attrs: { ...pool, kernel: [2, 2], padding: [0, 0, 0, 0] },
      noGradient: 'its third input follows from the second',
    },
  ],
  maxPool2dGather: [
    {
      inputs: [{ shape: [1, 2, 6, 6] }, { shape: [1, 2, 6, 6], values: 'distinct' }, { shape: [1, 2, 3, 3] }],
      attrs: { ...pool, kernel: [2, 2], padding: [0, 0, 0, 0] },
      noGradient: 'its third input follows from the second',
    },
  ],
  avgPool2dGrad: [{ inputs: [{ shape: [2, 4, 3, 3] }], attrs: { ...pool, inputShape: [2, 4, 5, 6] } }],
  moments: [{ inputs: [image] }, { inputs: [{ shape: [5, 3] }] }],
  batchNorm: [{ inputs: [image, channel, channel, spread], attrs: { epsilon: 1e-3, training: false } }],
  batchNormSums: [{ inputs: [image, image, spread], attrs: { epsilon: 1e-3, training: true } }],
  batchNormInputGrad: [
    { inputs: [image, image, channel, spread], attrs: { epsilon: 1e-3, training: false } },
    { inputs: [image, image, channel, spread, { shape: [2, 4] }], attrs: { epsilon: 1e-3, training: true } },
  ],
  standardize: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { dims: 1, epsilon: 1e-3 } },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { dims: 2, epsilon: 1e-3 } },
  ],
  standardizeGrad: [{ inputs: [{ shape: [3, 4] }, { shape: [3, 4] }], attrs: { dims: 1, epsilon: 1e-3 } }],
  softmax: [
    { inputs: [x], attrs: { axis: 1 } },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { axis: 1 } },
  ],
  logSoftmax: [{ inputs: [x], attrs: { axis: 1 } }],
  softmaxCrossEntropy: [{ inputs: [{ shape: [4, 5] }, { shape: [4], dtype: 'int32', values: { below: 5 } }] }],
  softmaxCrossEntropyGrad: [
    { inputs: [{ shape: [4] }, { shape: [4, 5] }, { shape: [4], dtype: 'int32', values: { below: 5 } }] },
  ],
  where: [{ inputs: [{ shape: [2, 3], dtype: 'bool', values: { below: 2 } }, x, row] }],
  gather: [
    { inputs: [distinct, { shape: [2, 2], dtype: 'int64', values: { below: 3 } }], attrs: { axis: 0 } },
    { inputs: [distinct, { shape: [3], dtype: 'int32', values: [-1, 0, 0] }], attrs: { axis: 1 } },
  ],
  gatherGrad: [
    { inputs: [{ shape: [2, 4] }, { shape: [2], dtype: 'int64', values: [2, 2] }], attrs: { axis: 0, shape: [3, 4] } },
  ],
  oneHot: [{ inputs: [{ shape: [3], dtype: 'int64', values: [0, 2, 5] }], attrs: { depth: 4, dtype: 'float64' } }],
  ctc: [
    {
      inputs: [{ shape: [3, 4, 3] }, { shape: [3, 2], dtype: 'int32', values: [1, 1, 2, -1, -1, -1] }],
      attrs: { blank: 0 },
    },
    {
      inputs: [
        { shape: [2, 4, 3] },
        { shape: [2, 2], dtype: 'int32', values: [0, 1, 1, 1] },
        { shape: [2], dtype: 'int32', values: [2, 4] },
      ],
      attrs: { blank: 2 },
    },
  ],
  ctcGrad: [
    {
      inputs: [{ shape: [2] }, { shape: [2, 3, 3] }, { shape: [2, 1], dtype: 'int32', values: [1, -1] }],
      attrs: { blank: 0 },
    },
  ],
  dropout: [{ inputs: [{ shape: [3, 7] }], attrs: { probability: 0.4, key: [7, 9] } }],
};
