import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { tensorBoard } from './tensor-board.ts';

/** Contributes the callback `tensorBoard`. */
const tensorboard: Plugin = definePlugin({
  name: '@graft/tensorboard',
  apiVersion,
  contributes: [
    callback(
      configurable('tensorBoard', tensorBoard, {
        log: 'any',
        storage: 'any',
        folder: 'string',
        now: 'function',
        histograms: 'number',
        steps: 'integer',
      }),
    ),
  ],
});
export default tensorboard;
