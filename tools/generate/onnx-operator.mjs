// @ts-check
import { among, before, inList } from './edits.mjs';

const operators = 'packages/onnx/src/operators';

/**
 * An ONNX operator of `@graft/onnx`, in a file of its own or in one that is there.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @param {{ file?: string | undefined }} options file: which of `packages/onnx/src/operators`, such as `activation`
 * @returns {import('./changes.mjs').Plan}
 * @throws if there is no such file
 */
export function onnxOperator({ kebab, camel, pascal }, tree, { file }) {
  const entry = `  // A name, the version of the operator set in which this form of it appeared, and its meaning; { inputs: [1, 2] } where one may be absent.
  operator('${pascal}', 1, ([x], { attributes }) => mul(x!, sigmoid(mul(x!, attributes.float('alpha', 1))))),`;
  if (file !== undefined && (!/^[a-z-]+$/.test(file) || tree.read(`${operators}/${file}.ts`) === undefined))
    throw new Error(
      `There is no ${operators}/${file}.ts to write the operator into. Leave --file out for a file of its own, or name one of those that are there, such as activation.`,
    );
  const imported = /^import \{([^}]*)\} from '@graft\/tensor';$/dgm;
  const list = `${camel}Operators`;
  return {
    files: {
      ...(file === undefined && { [`${operators}/${kebab}.ts`]: source(list, entry) }),
      [`${operators}/${kebab}.test.ts`]: test(pascal),
    },
    edits: [
      ...(file === undefined
        ? [
            among(
              `${operators}/index.ts`,
              /^import .* from '\.\/(.+)\.ts';$/gm,
              `import { ${list} } from './${kebab}.ts';`,
            ),
            before(`${operators}/index.ts`, /^ {2}\.\.\.microsoftFusedOperators,/gm, `  ...${list},`),
          ]
        : [
            inList(`${operators}/${file}.ts`, imported, 'mul'),
            inList(`${operators}/${file}.ts`, imported, 'sigmoid'),
            before(
              `${operators}/${file}.ts`,
              /(?<=^export const \w+Operators: readonly OnnxOperator\[\] = \[\n(?:(?!^\];)[^])*?)^\];\n/gm,
              entry,
            ),
          ]),
      inList(`${operators}/operators.test.ts`, /^ {2}const elsewhere = \[([^\]]*)\];$/dgm, `'${pascal}'`, {
        last: true,
      }),
    ],
    taken: {
      words: [`'${pascal}'`, list],
      in: tree
        .children(operators)
        .filter((one) => /(?<!\.test)\.ts$/.test(one))
        .map((one) => `${operators}/${one}`),
    },
    next: [
      `write its meaning in ${operators}/${file ?? kebab}.ts, by onnx.ai's description of the operator, with its name and version as ONNX spells them`,
      `compare it with onnxruntime: a case in ${operators}/operators.test.ts, and its name no longer in \`elsewhere\` there`,
      'npm run conformance, whose table names it; npm run changeset',
    ],
  };
}

const source = (
  /** @type {string} */ list,
  /** @type {string} */ entry,
) => `import { mul, sigmoid } from '@graft/tensor';
import { type OnnxOperator, operator } from '../operator.ts';

export const ${list}: readonly OnnxOperator[] = [
${entry}
];
`;

const test = (/** @type {string} */ pascal) => `import { describeOnnxOperator, float } from '../testing/index.ts';
import { standardOperators } from './index.ts';

const vector = (...values: number[]): { values: number[]; shape: number[] } => ({ values, shape: [values.length] });

describeOnnxOperator(standardOperators.find(({ name }) => name === '${pascal}-1')!, [
  { title: 'alpha unless told', inputs: [vector(-1, 0, 1)], outputs: [vector(-0.26894142, 0, 0.73105858)] },
  { title: 'an alpha of its own', inputs: [vector(-1, 0, 1)], attributes: { alpha: float(2) }, outputs: [vector(-0.11920292, 0, 0.88079708)] },
]);
`;
