// @ts-check
/**
 * The layers of packages: a package imports only from layers below its own. Register new packages here.
 * @type {Readonly<Record<string, number>>}
 */
export const layers = {
  plugin: 0,
  storage: 1,
  tensor: 1,
  'backend-wasm': 2,
  'backend-native': 3,
  layers: 2,
  optimizers: 2,
  data: 2,
  augment: 3,
  text: 3,
  audio: 3,
  onnx: 3,
  pytorch: 3,
  train: 3,
  report: 4,
  callbacks: 4,
  tensorboard: 4,
  transfer: 4,
  zoo: 4,
  tasks: 5,
  dashboard: 6,
  finetune: 7,
  graft: 8,
};

/** Modules that may only be imported in some places, so everything else runs in a browser. */
export const restricted = [
  {
    is: (/** @type {string} */ name) => name === 'tsyringe' || name === 'reflect-metadata',
    allowed: (/** @type {import('./check-imports.mjs').Import} */ i) =>
      /^packages\/plugin\/src\/(app|scope|reflect-metadata)\.ts$/.test(i.file) ||
      (i.file.startsWith('packages/plugin/src/') && i.typeOnly),
    wayOut: 'Use @graft/plugin instead: extension points and createApp().',
  },
  {
    is: (/** @type {string} */ name) => name.startsWith('node:'),
    allowed: (/** @type {import('./check-imports.mjs').Import} */ i) =>
      i.test ||
      /^(apps|examples|models)\//.test(i.file) ||
      /^packages\/[^/]+\/src\/node\//.test(i.file) ||
      (i.dynamic && i.file.startsWith('packages/backend-wasm/src/')),
    wayOut: 'Move it into src/node/, which the package publishes as its /node entry point.',
  },
  {
    is: (/** @type {string} */ name) => name === 'sharp',
    allowed: (/** @type {import('./check-imports.mjs').Import} */ i) =>
      i.test || /^(apps|packages\/augment\/src\/node)\//.test(i.file),
    wayOut: 'Use the ImageDecoder contract of @graft/data.',
  },
];
