// Names that several packages share are in namespaces: `ops.concat`, `data.split`, `augment.resize`.
export * as audio from '@graft/audio';
export * as augment from '@graft/augment';
export { createWasmBackend } from '@graft/backend-wasm';
export * from '@graft/callbacks';
export * as data from '@graft/data';
export { type Batch, decoded, imageBatch, Loader, onInput, subset } from '@graft/data';
export * from '@graft/layers';
export * from '@graft/onnx';
export * as optimizers from '@graft/optimizers';
export { adam, adamW, Optimizer, sgd } from '@graft/optimizers';
export { apiVersion, type App, configurable, createApp, definePlugin, type Plugin } from '@graft/plugin';
export * as ops from '@graft/tensor';
export { createBackend, Parameter, Random, scope, Tensor, tensor, valueAndGrad } from '@graft/tensor';
export { readCheckpoint } from '@graft/pytorch';
export { EventLog, tensorBoard } from '@graft/tensorboard';
export * as text from '@graft/text';
export * from '@graft/train';
export * from '@graft/transfer';
export { modelCard, type ModelCard, type Preprocessing } from '@graft/zoo';
export {
  finetune,
  type FinetuneOptions,
  type FinetuneResult,
  openRun,
  type OpenedRun,
  resumeRun,
  type RunEvent,
} from '@graft/finetune';
export { GraftError } from '@graft/plugin';
export * as report from '@graft/report';
export { inFolder, memoryStorage, opfsStorage, type Storage } from '@graft/storage';
export * as tasks from '@graft/tasks';
export { browserPlugins } from './browser-plugins.ts';
export { createGraft, type GraftOptions } from './create-graft.ts';
export {
  fineTuneImages,
  type FineTuneImagesOptions,
  type Pipeline,
  pipeline,
  type PipelineOptions,
} from './one-liners.ts';
