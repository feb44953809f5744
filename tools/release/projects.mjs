// @ts-check
// Projects outside the workspace: what each installs, which packages that brings, and what it does (`projects/<name>`).

/**
 * @typedef {object} Project
 * @property {string} name also the name of its folder in `projects/`
 * @property {string[]} install packages that the project installs
 * @property {string[]} packages all of our packages that get installed
 * @property {string[]} [without] packages that must not get installed
 * @property {true} [browser] whether it is bundled and run in a browser
 * @property {string} [guide] instead: a guide in `docs/` to follow from an empty folder
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
    packages: ['augment', 'data', 'plugin', 'tensor'],
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
    install: ['@graft/backend-wasm', '@graft/layers', '@graft/optimizers', '@graft/tensor', '@graft/train'],
    packages: ['backend-wasm', 'data', 'layers', 'optimizers', 'plugin', 'tensor', 'train'],
    without: ['sharp', 'onnx-proto', 'vitest'],
    browser: true,
  },
  { name: 'plugin', install: [], packages: [], guide: 'guides/write-a-plugin.md' },
];
