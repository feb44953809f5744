import { describePlugin } from '@graft/plugin/testing';
import { tensorPlugin } from '@graft/tensor';
import {
  accumulate,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  chain,
  clipByGlobalNorm,
  lamb,
  lars,
  lion,
  lookahead,
  muon,
  nadam,
  optimizersPlugin,
  radam,
  rmsprop,
  scheduleFreeAdamW,
  sgd,
} from './index.ts';
import { describeOptimizer } from './testing/index.ts';

const schedules = {
  constant: { value: 1 },
  linear: { from: 1, to: 0, steps: 2 },
  polynomial: { from: 1, to: 0, steps: 2 },
  cosine: { from: 1, steps: 2 },
  cosineRestarts: { from: 1, steps: 2 },
  stepDecay: { from: 1, factor: 0.5, every: 2 },
  multiStep: { from: 1, factor: 0.5, milestones: [1] },
  exponential: { from: 1, factor: 0.9 },
  inverseTime: { from: 1, rate: 1 },
  warmUp: { steps: 1, then: 1 },
  inTurn: { schedules: [1, 2], steps: [1] },
  oneCycle: { peak: 1, steps: 3 },
  oneCycleMomentum: { steps: 3 },
};
const rates = Object.fromEntries(
  [
    'sgd',
    'adam',
    'adamW',
    'rmsprop',
    'adagrad',
    'adadelta',
    'adamax',
    'nadam',
    'radam',
    'lion',
    'lamb',
    'lars',
    'muon',
    'scheduleFreeAdamW',
  ].map((name) => [name, { learningRate: 0.01 }]),
);
describePlugin(optimizersPlugin, { after: [tensorPlugin], options: { ...schedules, ...rates } });

describeOptimizer('sgd', () => sgd({ learningRate: 0.05, momentum: 0.5, nesterov: true }));
describeOptimizer('adam', () => adam({ learningRate: 0.05 }));
describeOptimizer('adam with amsgrad', () => adam({ learningRate: 0.05, amsgrad: true }));
describeOptimizer('adamW', () => adamW({ learningRate: 0.05, weightDecay: 1e-3 }));
describeOptimizer('rmsprop', () => rmsprop({ learningRate: 0.02 }));
describeOptimizer('adagrad', () => adagrad({ learningRate: 0.5 }));
describeOptimizer('adadelta', () => adadelta({ learningRate: 5 }), { steps: 600 });
describeOptimizer('adamax', () => adamax({ learningRate: 0.05 }));
describeOptimizer('nadam', () => nadam({ learningRate: 0.05 }));
describeOptimizer('radam', () => radam({ learningRate: 0.05 }));
describeOptimizer('lion', () => lion({ learningRate: 0.02 }));
describeOptimizer('lamb', () => lamb({ learningRate: 0.02 }));
describeOptimizer('lars', () => lars({ learningRate: 5, coefficient: 0.01 }));
describeOptimizer('muon', () => muon({ learningRate: 0.02 }));
describeOptimizer('scheduleFreeAdamW', () => scheduleFreeAdamW({ learningRate: 0.1 }));
describeOptimizer('accumulated and clipped', () =>
  accumulate(chain(clipByGlobalNorm(1), adam({ learningRate: 0.05 })), { every: 2 }),
);
describeOptimizer('lookahead', () => lookahead(adam({ learningRate: 0.05 })));
