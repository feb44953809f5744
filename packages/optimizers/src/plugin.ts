import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { optimizer } from './optimizer.ts';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  lamb,
  lars,
  lion,
  muon,
  nadam,
  radam,
  rmsprop,
  sgd,
} from './optimizers.ts';
import { schedule } from './schedule.ts';
import {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inTurn,
  inverseTime,
  linear,
  multiStep,
  oneCycle,
  oneCycleMomentum,
  polynomial,
  stepDecay,
  warmUp,
} from './schedules.ts';
import { scheduleFreeAdamW } from './transforms/schedule-free-adam-w.ts';

/** What `@graft/optimizers` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/optimizers',
  apiVersion,
  contributes: [
    optimizer(configurable('sgd', sgd, ['learningRate', 'momentum', 'nesterov', 'weightDecay'])),
    optimizer(configurable('adam', adam, ['learningRate', 'betas', 'epsilon', 'amsgrad', 'weightDecay'])),
    optimizer(configurable('adamW', adamW, ['learningRate', 'betas', 'epsilon', 'amsgrad', 'weightDecay'])),
    optimizer(
      configurable('rmsprop', rmsprop, ['learningRate', 'decay', 'epsilon', 'centered', 'momentum', 'weightDecay']),
    ),
    optimizer(configurable('adagrad', adagrad, ['learningRate', 'initial', 'epsilon', 'weightDecay'])),
    optimizer(configurable('adadelta', adadelta, ['learningRate', 'decay', 'epsilon', 'weightDecay'])),
    optimizer(configurable('adamax', adamax, ['learningRate', 'betas', 'epsilon', 'weightDecay'])),
    optimizer(configurable('nadam', nadam, ['learningRate', 'betas', 'epsilon', 'momentumDecay', 'weightDecay'])),
    optimizer(configurable('radam', radam, ['learningRate', 'betas', 'epsilon', 'weightDecay'])),
    optimizer(configurable('lion', lion, ['learningRate', 'betas', 'weightDecay'])),
    optimizer(configurable('lamb', lamb, ['learningRate', 'betas', 'epsilon', 'amsgrad', 'weightDecay'])),
    optimizer(
      configurable('lars', lars, ['learningRate', 'momentum', 'nesterov', 'coefficient', 'epsilon', 'weightDecay']),
    ),
    optimizer(
      configurable('muon', muon, ['learningRate', 'momentum', 'nesterov', 'iterations', 'vectors', 'weightDecay']),
    ),
    optimizer(
      configurable('scheduleFreeAdamW', scheduleFreeAdamW, ['learningRate', 'betas', 'epsilon', 'weightDecay']),
    ),
    schedule(configurable('constant', constant, ['value'])),
    schedule(configurable('linear', linear, ['from', 'to', 'steps'])),
    schedule(configurable('polynomial', polynomial, ['from', 'to', 'steps', 'power'])),
    schedule(configurable('cosine', cosine, ['from', 'to', 'steps'])),
    schedule(configurable('cosineRestarts', cosineRestarts, ['from', 'to', 'steps', 'factor'])),
    schedule(configurable('stepDecay', stepDecay, ['from', 'factor', 'every'])),
    schedule(configurable('multiStep', multiStep, ['from', 'factor', 'milestones'])),
    schedule(configurable('exponential', exponential, ['from', 'factor'])),
    schedule(configurable('inverseTime', inverseTime, ['from', 'rate'])),
    schedule(configurable('warmUp', warmUp, ['steps', 'then'])),
    schedule(configurable('inTurn', inTurn, ['schedules', 'steps'])),
    schedule(configurable('oneCycle', oneCycle, ['peak', 'steps', 'warmUpShare', 'divide', 'finalDivide'])),
    schedule(configurable('oneCycleMomentum', oneCycleMomentum, ['steps', 'warmUpShare', 'low', 'high'])),
  ],
});
export default plugin;
