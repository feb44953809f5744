import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { tensorBoard, type TensorBoardOptions } from './tensor-board.ts';

/** What `@graft/tensorboard` adds to an app. */
const tensorboard: Plugin = definePlugin({
  name: '@graft/tensorboard',
  apiVersion,
  contributes: [callback({ name: 'tensorBoard', create: (options: TensorBoardOptions) => tensorBoard(options) })],
});
export default tensorboard;
