// @ts-check
// Projects outside the workspace: what each installs, what may come with it, and what it does (`projects/<name>`).

/**
 * @typedef {object} Project
 * @property {string} name also of its folder in `projects/`
 * @property {string[]} install packages that the project names
 * @property {string[]} packages all packages of ours that come
 * @property {string[]} [without] packages that must not come
 * @property {true} [browser] whether it is bundled and run in a browser
 * @property {string} [guide] what is done instead: a guide in `docs/`, from an empty folder on
 */

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
    packages: ['layers', 'onnx', 'plugin', 'tensor'],
    without: ['sharp', 'onnxruntime-node', 'vitest'],
  },
  {
    name: 'augment',
    install: ['@graft/augment', '@graft/tensor'],
    packages: ['augment', 'data', 'plugin', 'storage', 'tensor'],
    without: ['onnx-proto', 'vitest'],
  },
  {
    name: 'command',
    install: ['@graft/finetune'],
    packages: [
      'augment',
      'backend-wasm',
      'callbacks',
      'data',
      'finetune',
      'graft',
      'layers',
      'model-detypify',
      'model-onnx-model-zoo',
      'model-openwakeword',
      'model-ppocr-cls',
      'model-ppocr-v4-det',
      'model-ppocr-v4-rec',
      'onnx',
      'optimizers',
      'plugin',
      'storage',
      'tensor',
      'tensorboard',
      'text',
      'train',
      'transfer',
      'zoo',
    ],
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
    browser: true,
  },
  {
    name: 'images',
    install: ['@graft/augment', '@graft/data', '@graft/tensor'],
    packages: ['augment', 'data', 'plugin', 'storage', 'tensor'],
    without: ['onnx-proto', 'vitest'],
    browser: true,
  },
  { name: 'plugin', install: [], packages: [], guide: 'guides/write-a-plugin.md' },
];
