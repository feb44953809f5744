import augment from '@graft/augment';
import augmentOnNode from '@graft/augment/node';
import { wasmPlugin } from '@graft/backend-wasm';
import { callbacksPlugin } from '@graft/callbacks';
import { dataPlugin } from '@graft/data';
import dataOnNode from '@graft/data/node';
import { layersPlugin } from '@graft/layers';
import { onnxPlugin } from '@graft/onnx';
import { optimizersPlugin } from '@graft/optimizers';
import type { Plugin } from '@graft/plugin';
import { tensorPlugin } from '@graft/tensor';
import { tensorboardPlugin } from '@graft/tensorboard';
import { textPlugin } from '@graft/text';
import { trainPlugin } from '@graft/train';
import { transferPlugin } from '@graft/transfer';
import zoo from '@graft/zoo';
import zooOnNode from '@graft/zoo/node';

/** Every plugin of this repository, each after what it requires. */
export const standardPlugins: readonly Plugin[] = [
  tensorPlugin,
  wasmPlugin,
  layersPlugin,
  optimizersPlugin,
  dataPlugin,
  dataOnNode,
  augment,
  augmentOnNode,
  textPlugin,
  onnxPlugin,
  trainPlugin,
  callbacksPlugin,
  tensorboardPlugin,
  transferPlugin,
  zoo,
  zooOnNode,
];
