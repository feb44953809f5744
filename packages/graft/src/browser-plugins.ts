import augment from '@graft/augment';
import { audioPlugin } from '@graft/audio';
import { wasmPlugin } from '@graft/backend-wasm';
import { callbacksPlugin } from '@graft/callbacks';
import { dataPlugin } from '@graft/data';
import { layersPlugin } from '@graft/layers';
import { onnxPlugin } from '@graft/onnx';
import { optimizersPlugin } from '@graft/optimizers';
import type { Plugin } from '@graft/plugin';
import { reportPlugin } from '@graft/report';
import { tasksPlugin } from '@graft/tasks';
import { tensorPlugin } from '@graft/tensor';
import { tensorboardPlugin } from '@graft/tensorboard';
import { textPlugin } from '@graft/text';
import { trainPlugin } from '@graft/train';
import { transferPlugin } from '@graft/transfer';
import zoo from '@graft/zoo';

/** All standard plugins that run in a browser, each after the plugins that it requires. */
export const browserPlugins: readonly Plugin[] = [
  tensorPlugin,
  wasmPlugin,
  layersPlugin,
  optimizersPlugin,
  dataPlugin,
  augment,
  textPlugin,
  audioPlugin,
  onnxPlugin,
  trainPlugin,
  callbacksPlugin,
  tensorboardPlugin,
  transferPlugin,
  zoo,
  reportPlugin,
  tasksPlugin,
];
