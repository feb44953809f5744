import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { optimizer } from './optimizer.ts';
import { adam, adamW, type AdamWOptions, sgd, type SgdOptions } from './optimizers.ts';
import { schedule } from './schedule.ts';
import { cosine, exponential, linear, oneCycle, stepDecay, warmUp } from './schedules.ts';

const plugin: Plugin = definePlugin({
  name: '@graft/optimizers',
  apiVersion,
  contributes: [
    optimizer({ name: 'sgd', create: (options: SgdOptions) => sgd(options) }),
    optimizer({ name: 'adam', create: (options: AdamWOptions) => adam(options) }),
    optimizer({ name: 'adamW', create: (options: AdamWOptions) => adamW(options) }),
    schedule({ name: 'linear', create: (options: Parameters<typeof linear>[0]) => linear(options) }),
    schedule({ name: 'cosine', create: (options: Parameters<typeof cosine>[0]) => cosine(options) }),
    schedule({ name: 'stepDecay', create: (options: Parameters<typeof stepDecay>[0]) => stepDecay(options) }),
    schedule({ name: 'exponential', create: (options: Parameters<typeof exponential>[0]) => exponential(options) }),
    schedule({ name: 'warmUp', create: (options: Parameters<typeof warmUp>[0]) => warmUp(options) }),
    schedule({ name: 'oneCycle', create: (options: Parameters<typeof oneCycle>[0]) => oneCycle(options) }),
  ],
});
export default plugin;
