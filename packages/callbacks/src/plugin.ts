import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { bestCheckpoint, type BestCheckpointOptions } from './best-checkpoint.ts';
import { earlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
import { progress, type ProgressOptions } from './progress.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/callbacks',
  apiVersion,
  contributes: [
    callback({ name: 'progress', create: (options: ProgressOptions) => progress(options) }),
    callback({ name: 'earlyStopping', create: (options: EarlyStoppingOptions) => earlyStopping(options) }),
    callback({ name: 'bestCheckpoint', create: (options: BestCheckpointOptions) => bestCheckpoint(options) }),
  ],
});
export default plugin;
