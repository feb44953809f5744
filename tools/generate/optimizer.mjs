// @ts-check
import { listsOf } from './changes.mjs';
import { afterLast, among, atEnd, inList } from './edits.mjs';

const optimizers = 'packages/optimizers/src';

/**
 * Generates an optimizer of `@graft/optimizers`: a gradient transform, and a chain with it.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 */
export function optimizer({ kebab, camel, pascal }, tree) {
  const [transform, options] = [`scaleBy${pascal}`, `${pascal}Options`];
  const file = `transforms/scale-by-${kebab}`;
  const published = (/** @type {string} */ word, /** @type {string} */ from) =>
    new RegExp(`^${word} \\{([^}]*)\\} from '\\./${from}\\.ts';$`, 'dgm');
  return {
    files: { [`${optimizers}/${file}.ts`]: source(pascal), [`${optimizers}/${file}.test.ts`]: test(kebab, pascal) },
    edits: [
      among(
        `${optimizers}/optimizers.ts`,
        /^import .* from '\.\/(transforms\/.+)\.ts';$/gm,
        `import { type ${options}, ${transform} } from './${file}.ts';`,
      ),
      atEnd(
        `${optimizers}/optimizers.ts`,
        `
/** Follows the running mean of gradients; decay is decoupled. */
export const ${camel} = ({ learningRate, weightDecay = 0, ...options }: OptimizerOptions & ${options}): GradientTransform =>
  chain(${transform}(options), addDecayedWeights(weightDecay), scaleByLearningRate(learningRate));`,
      ),
      inList(`${optimizers}/index.ts`, published('export', 'optimizers'), camel),
      among(
        `${optimizers}/index.ts`,
        /^export .* from '\.\/(transforms\/.+)\.ts';$/gm,
        `export { type ${options}, ${transform} } from './${file}.ts';`,
      ),
      inList(`${optimizers}/plugin.ts`, published('import', 'optimizers'), camel),
      afterLast(
        `${optimizers}/plugin.ts`,
        /^ {4}optimizer\((?:.*\),$|[^]*?^ {4}\),$)/gm,
        `    optimizer(configurable('${camel}', ${camel}, { ...usual, decay: 'number' })),`,
      ),
      inList(`${optimizers}/kits.test.ts`, published('import', 'index'), camel),
      inList(`${optimizers}/kits.test.ts`, /^const rates = Object\.fromEntries\(\s*\[([^\]]*)\]/dgm, `'${camel}'`, {
        last: true,
      }),
      afterLast(
        `${optimizers}/kits.test.ts`,
        /^describeOptimizer\((?:.*\);$|[^]*?^\);$)/gm,
        `describeOptimizer('${camel}', () => ${camel}({ learningRate: 0.05 }));`,
      ),
    ],
    taken: {
      words: [camel, options, transform, `'${camel}'`],
      in: [...listsOf(tree, 'optimizers'), `${optimizers}/optimizers.ts`, `${optimizers}/plugin.ts`],
    },
    next: [
      `write its rule in ${optimizers}/${file}.ts, and the position of weight decay and the docstring in ${optimizers}/optimizers.ts`,
      'golden numbers: add twenty steps to tools/golden/optimizers.py, and compare them in optimizers.test.ts',
      'add it to packages/optimizers/README.md; npm run changeset',
    ],
  };
}

const source = (/** @type {string} */ pascal) => `import { add, mul } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';

export interface ${pascal}Options {
  /** Decay of the running mean. */
  readonly decay?: number;
}

/** The running mean of gradients. Replace it with your own rule and its source. */
export function scaleBy${pascal}({ decay = 0.9 }: ${pascal}Options = {}): GradientTransform {
  if (!(decay >= 0 && decay < 1)) throw new Error(\`${pascal} expects a decay in [0, 1), got \${decay}.\`);
  return {
    name: 'scaleBy${pascal}',
    // Its state: lists of tensors, one per parameter. It is saved and resumed with the optimizer.
    init: (slots) => [zerosFor(slots)],
    // \`step\` counts from 0; scaleByLearningRate, later in the chain, negates the update.
    update(grads, [means]) {
      const next = grads.map((grad, i) => add(mul(means![i]!, decay), mul(grad, 1 - decay)));
      return [next, [next]];
    },
  };
}
`;

const test = (
  /** @type {string} */ kebab,
  /** @type {string} */ pascal,
) => `import { scope, tensor } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { scaleBy${pascal} } from './scale-by-${kebab}.ts';

test('two steps, by hand', () => scope(() => {
  const rule = scaleBy${pascal}({ decay: 0.75 });
  const slots = [{ value: tensor([1, -1]), name: 'w', learningRate: 1, weightDecay: 1 }];
  const [first, state] = rule.update([tensor([4, -8])], rule.init(slots), slots, 0);
  expectClose(first[0]!.numbers(), [1, -2], 1e-6);
  expectClose(rule.update([tensor([0, 4])], state, slots, 1)[0][0]!.numbers(), [0.75, -0.5], 1e-6);
}));
test('invalid options are rejected', () => expect(() => scaleBy${pascal}({ decay: 1 })).toThrow('${pascal} expects a decay in [0, 1), got 1.'));
`;
