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

/** Options of every optimizer. */
const usual = { learningRate: 'number or function', weightDecay: 'number' } as const;

/** What `@graft/optimizers` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/optimizers',
  apiVersion,
  contributes: [
    optimizer(
      configurable('sgd', sgd, {
        ...usual,
        momentum: 'number or function',
        nesterov: 'boolean',
      }),
    ),
    optimizer(
      configurable('adam', adam, {
        ...usual,
        betas: 'numbers or functions',
        epsilon: 'number',
        amsgrad: 'boolean',
      }),
    ),
    optimizer(
      configurable('adamW', adamW, {
        ...usual,
        betas: 'numbers or functions',
        epsilon: 'number',
        amsgrad: 'boolean',
      }),
    ),
    optimizer(
      configurable('rmsprop', rmsprop, {
        ...usual,
        decay: 'number',
        epsilon: 'number',
        centered: 'boolean',
        momentum: 'number or function',
      }),
    ),
    optimizer(
      configurable('adagrad', adagrad, {
        ...usual,
        initial: 'number',
        epsilon: 'number',
      }),
    ),
    optimizer(
      configurable('adadelta', adadelta, {
        ...usual,
        decay: 'number',
        epsilon: 'number',
      }),
    ),
    optimizer(
      configurable('adamax', adamax, {
        ...usual,
        betas: 'numbers',
        epsilon: 'number',
      }),
    ),
    optimizer(
      configurable('nadam', nadam, {
        ...usual,
        betas: 'numbers',
        epsilon: 'number',
        momentumDecay: 'number',
      }),
    ),
    optimizer(
      configurable('radam', radam, {
        ...usual,
        betas: 'numbers',
        epsilon: 'number',
      }),
    ),
    optimizer(
      configurable('lion', lion, { learningRate: 'number or function', betas: 'numbers', weightDecay: 'number' }),
    ),
    optimizer(
      configurable('lamb', lamb, {
        ...usual,
        betas: 'numbers or functions',
        epsilon: 'number',
        amsgrad: 'boolean',
      }),
    ),
    optimizer(
      configurable('lars', lars, {
        ...usual,
        momentum: 'number or function',
        nesterov: 'boolean',
        coefficient: 'number',
        epsilon: 'number',
      }),
    ),
    optimizer(
      configurable('muon', muon, {
        ...usual,
        momentum: 'number',
        nesterov: 'boolean',
        iterations: 'number',
        vectors: 'any',
      }),
    ),
    optimizer(
      configurable('scheduleFreeAdamW', scheduleFreeAdamW, {
        ...usual,
        betas: 'numbers',
        epsilon: 'number',
      }),
    ),
    schedule(configurable('constant', constant, { value: 'number' })),
    schedule(configurable('linear', linear, { from: 'number', to: 'number', steps: 'integer' })),
    schedule(
      configurable('polynomial', polynomial, { from: 'number', to: 'number', steps: 'integer', power: 'number' }),
    ),
    schedule(configurable('cosine', cosine, { from: 'number', to: 'number', steps: 'integer' })),
    schedule(
      configurable('cosineRestarts', cosineRestarts, {
        from: 'number',
        to: 'number',
        steps: 'integer',
        factor: 'number',
      }),
    ),
    schedule(configurable('stepDecay', stepDecay, { from: 'number', factor: 'number', every: 'integer' })),
    schedule(configurable('multiStep', multiStep, { from: 'number', factor: 'number', milestones: 'numbers' })),
    schedule(configurable('exponential', exponential, { from: 'number', factor: 'number' })),
    schedule(configurable('inverseTime', inverseTime, { from: 'number', rate: 'number' })),
    schedule(configurable('warmUp', warmUp, { steps: 'integer', then: 'number or function' })),
    schedule(configurable('inTurn', inTurn, { schedules: 'numbers or functions', steps: 'numbers' })),
    schedule(
      configurable('oneCycle', oneCycle, {
        peak: 'number',
        steps: 'integer',
        warmUpShare: 'number',
        divide: 'number',
        finalDivide: 'number',
      }),
    ),
    schedule(
      configurable('oneCycleMomentum', oneCycleMomentum, {
        steps: 'integer',
        warmUpShare: 'number',
        low: 'number',
        high: 'number',
      }),
    ),
  ],
});
export default plugin;
