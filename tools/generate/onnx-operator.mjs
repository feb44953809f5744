// @ts-check
import { among, before, inList } from './edits.mjs';

const operators = 'packages/onnx/src/operators';

/**
 * Generates an ONNX operator of `@graft/onnx`, in a new or an existing file.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @param {{ file?: string | undefined }} options file: one of `packages/onnx/src/operators`, such as `activation`
 * @returns {import('./changes.mjs').Plan}
 * @throws if the file does not exist
 */
export function onnxOperator({ kebab, camel, pascal }, tree, { file }) {
  const entry = `  // Name, operator set version that introduced this form, implementation; add { inputs: [1, 2] } if an input is optional.
  operator('${pascal}', 1, ([x], { attributes }) => mul(x!, sigmoid(mul(x!, attributes.float('alpha', 1))))),`;
  if (file !== undefined && (!/^[a-z-]+$/.test(file) || tree.read(`${operators}/${file}.ts`) === undefined))
    throw new Error(
      `${operators}/${file}.ts does not exist. Omit --file for a new file, or name an existing one, such as activation.`,
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
      `implement it in ${operators}/${file ?? kebab}.ts according to onnx.ai, with ONNX's spelling of its name and version`,
      `compare it with onnxruntime: add a case to ${operators}/operators.test.ts, and remove its name from \`elsewhere\` there`,
      'npm run conformance; npm run changeset',
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
  { title: 'default alpha', inputs: [vector(-1, 0, 1)], outputs: [vector(-0.26894142, 0, 0.73105858)] },
  { title: 'explicit alpha', inputs: [vector(-1, 0, 1)], attributes: { alpha: float(2) }, outputs: [vector(-0.11920292, 0, 0.88079708)] },
]);
`;
