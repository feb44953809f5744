// @ts-check
import { listsOf } from './changes.mjs';
import { among, before } from './edits.mjs';

const tensor = 'packages/tensor/src';

/**
 * Generates an op of `@graft/tensor`.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 * @throws if another file has an op of this name
 */
export function op({ kebab, camel, pascal }, tree) {
  // The list of ops contains files, not their exports.
  const other = tree
    .children(`${tensor}/ops`)
    .find(
      (file) =>
        file !== `${kebab}.ts` &&
        new RegExp(`^export (?:const|function|interface|type) (?:${camel}|${pascal})\\b`, 'm').test(
          tree.read(`${tensor}/ops/${file}`) ?? '',
        ),
    );
  if (other)
    throw new Error(
      `Cannot create the op "${kebab}": packages/tensor/src/ops/${other} already has one of this name. Choose another name.`,
    );
  return {
    files: {
      [`${tensor}/ops/${kebab}.ts`]: source(camel, pascal),
      [`${tensor}/ops/${kebab}.test.ts`]: test(kebab, camel),
    },
    edits: [
      among(`${tensor}/ops/index.ts`, /^export .* from '\.\/(.+)\.ts';$/gm, `export * from './${kebab}.ts';`),
      before(
        `${tensor}/testing/samples.ts`,
        /^\};\n(?![^]*^\};)/gm,
        `  ${camel}: [{ inputs: [{ shape: [2, 3] }] }, { inputs: [{ shape: [37] }] }],`,
      ),
    ],
    taken: { words: [camel, pascal], in: listsOf(tree, 'tensor') },
    next: [
      `implement it in ${tensor}/ops/${kebab}.ts: reference, decomposition and gradient are tested against each other and finite differences`,
      `add relevant inputs to ${tensor}/testing/samples.ts: every backend runs them`,
      'optionally add a kernel, which is one entry in a backend, with a benchmark; npm run changeset',
    ],
  };
}

const source = (/** @type {string} */ camel, /** @type {string} */ pascal) => `import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { sigmoid } from './activation.ts';
import { add, mul, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';

/** x · sigmoid(x), elementwise. Describe your op here: what it computes, shapes, source of the formula. */
export const ${pascal}: Op = {
  name: '${camel}',
  // Shape and dtype of the result; throws a one-sentence error if the inputs do not match.
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  // Reference implementation.
  reference([x], _, out) {
    const [from, to] = [elements(x!), elements(out)];
    for (let i = 0; i < to.length; i++) to[i] = from[i]! / (1 + Math.exp(-from[i]!));
  },
  // Definition in terms of other ops, for backends without a kernel and for export.
  decompose: ([x]) => mul(x!, sigmoid(x!)),
  // One rule per input, composed of ops and therefore differentiable; \`uses\` lists the values they read.
  gradient: { uses: [0], rules: [(g, { inputs: [x] }) => { const s = sigmoid(x!); return mul(g, mul(s, add(mul(x!, sub(1, s)), 1))); }] },
};
/** x · sigmoid(x), of any shape. */
export const ${camel} = (x: Tensor): Tensor => apply(${pascal}, [x], undefined);
`;

const test = (/** @type {string} */ kebab, /** @type {string} */ camel) => `import { test } from 'vitest';
import { tensor } from '../create.ts';
import { expectClose } from '../testing/index.ts';
import { ${camel} } from './${kebab}.ts';

test('its values', () => expectClose(${camel}(tensor([-1, 0, 1])).numbers(), [-0.26894142, 0, 0.73105858], 1e-6));
`;
