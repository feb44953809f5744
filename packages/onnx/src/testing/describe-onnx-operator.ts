import { type AnyBackend, type DType, type HostArray, js, toArray } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import type { OnnxOperator } from '../operator.ts';
import type { AttributeValue } from '../proto/write.ts';
import { buildModel, writeValue } from '../suite/build-model.ts';
import { checkCase } from '../suite/check-case.ts';
import { checkGradients } from '../suite/check-gradients.ts';

/** Numbers of a tensor. */
export interface CaseValue {
  readonly values: readonly number[];
  readonly shape: readonly number[];
  /** Default `float32`. */
  readonly dtype?: DType;
}

/** One node of an operator, and its expected outputs. */
export interface OperatorCase {
  readonly title: string;
  readonly inputs: readonly CaseValue[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs: readonly CaseValue[];
  /** The reason for not comparing the gradient with finite differences. */
  readonly noGradient?: string;
}

/** Options of {@link describeOnnxOperator}. */
export interface OperatorChecks {
  /** Version of the files' operator set; default: the operator's own. */
  readonly opset?: number;
  readonly backend?: AnyBackend;
}

/**
 * Declares tests that every ONNX operator must pass: its name has type and version, each case gives its outputs (values, shape, dtype) from a file with one
 * node, gradients match finite differences, and a node with too few or too many inputs is rejected with an error that names it.
 */
export function describeOnnxOperator(
  operator: OnnxOperator,
  cases: readonly OperatorCase[],
  { opset = operator.since, backend = js }: OperatorChecks = {},
): void {
  const {
    opType,
    domain,
    since,
    inputs: [least, most],
  } = operator;
  const fileOf = (
    inputs: readonly CaseValue[],
    outputs: readonly CaseValue[],
    attributes: OperatorCase['attributes'] = {},
  ): Uint8Array =>
    buildModel({
      opset: domain ? 17 : opset,
      ...(domain && { domains: { [domain]: opset } }),
      inputs: Object.fromEntries(inputs.map(({ shape, dtype = 'float32' }, i) => [`x${i}`, { shape, dtype }])),
      outputs: Object.fromEntries(outputs.map(({ dtype = 'float32' }, i) => [`y${i}`, dtype])),
      nodes: [
        [
          domain ? `${domain}.${opType}` : opType,
          inputs.map((_, i) => `x${i}`),
          outputs.map((_, i) => `y${i}`),
          attributes,
          'the node',
        ],
      ],
    });
  const arrayOf = ({ values, shape, dtype = 'float32' }: CaseValue): HostArray => ({
    shape,
    dtype,
    data: toArray([...values], dtype),
  });

  describe(`ONNX operator ${operator.name} on ${backend.name}`, () => {
    test('its name has domain, type and version', () =>
      expect(operator.name).toBe(`${domain && `${domain}.`}${opType}-${since}`));
    for (const { title, inputs, outputs, attributes, noGradient } of cases) {
      const files = {
        model: fileOf(inputs, outputs, attributes),
        inputs: inputs.map((value) => writeValue(arrayOf(value))),
        outputs: outputs.map((value) => writeValue(arrayOf(value))),
      };
      test(`${title}: its outputs`, () => checkCase(files, { operators: [operator], backend }));
      test(`${title}: ${noGradient === undefined ? 'gradient = finite differences' : `no gradient to compare: ${noGradient}`}`, async () => {
        if (noGradient !== undefined) return;
        const options = { flows: () => true, operators: [operator], ...(backend !== js && { backend }) };
        expect((await checkGradients(files, options)).excluded).toBeUndefined();
      });
    }
    test('a node with too few or too many inputs is rejected', async () => {
      const [first] = cases[0]!.inputs;
      for (const count of [...(least > 0 ? [least - 1] : []), ...(Number.isFinite(most) ? [most + 1] : [])]) {
        const given = Array.from({ length: count }, () => first!);
        await expect(
          checkCase(
            {
              model: fileOf(given, cases[0]!.outputs, cases[0]!.attributes),
              inputs: given.map((value) => writeValue(arrayOf(value))),
              outputs: [],
            },
            { operators: [operator] },
          ),
        ).rejects.toThrow(/the node/);
      }
    });
  });
}
