import { gather, integers, isFloat, type Tensor, tensor, toArray, toNumbers } from '@graft/tensor';
import { kindOf, textsIn, textsOf } from '../collections.ts';
import { numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

const domain = 'ai.onnx.ml';

/** Maps numbers or texts to others. What is not listed becomes the default. */
function encoded(x: Tensor, { attributes }: OperatorNode): Tensor {
  const isText = kindOf(x) === 'texts';
  const keys: readonly (string | number)[] | undefined = isText
    ? (attributes.strings('keys_strings', undefined) ?? textsListed('keys_tensor'))
    : (attributes.ints('keys_int64s', undefined) ??
      attributes.floats('keys_floats', undefined) ??
      listed('keys_tensor'));
  const texts = attributes.strings('values_strings', undefined) ?? textsListed('values_tensor');
  const whole = attributes.ints('values_int64s', undefined);
  const values: readonly (string | number)[] | undefined =
    texts ?? whole ?? attributes.floats('values_floats', undefined) ?? listed('values_tensor');
  if (!keys || !values || keys.length !== values.length)
    throw new Error(
      `it needs as many keys as values for ${isText ? 'texts' : 'numbers'}, got ${keys?.length ?? 0} and ${values?.length ?? 0}.`,
    );
  const known = new Map(keys.map((key, i) => [key, values[i]!] as const));
  const given: readonly (string | number)[] = isText ? textsIn(x) : numbersOf(x, 'input');
  if (texts) {
    const rest = textsListed('default_tensor')?.[0] ?? attributes.string('default_string', '_Unused');
    return textsOf(
      given.map((one) => String(known.get(one) ?? rest)),
      x.shape,
    );
  }
  const dtype = attributes.has('values_tensor')
    ? attributes.tensor('values_tensor').dtype
    : whole
      ? 'int64'
      : 'float32';
  const [fallback] = listed('default_tensor') ?? [
    isFloat(dtype) ? attributes.float('default_float', -0) : attributes.int('default_int64', -1),
  ];
  const numbers = given.map((one) => Number(known.get(one) ?? fallback));
  return tensor(toArray(numbers, dtype), { shape: x.shape, dtype });

  function textsListed(name: string): readonly string[] | undefined {
    return attributes.has(name) ? attributes.textTensor(name) : undefined;
  }
  function listed(name: string): readonly number[] | undefined {
    if (!attributes.has(name) || attributes.textTensor(name)) return undefined;
    const { data, dtype } = attributes.tensor(name);
    return toNumbers(data, dtype);
  }
}

/** Operators of `ai.onnx.ml` that pick and label what a network computes. */
export const machineLearningOperators: readonly OnnxOperator[] = [
  operator(
    'ArrayFeatureExtractor',
    1,
    ([x, places]) => gather(x!, integers(numbersOf(places!, 'indices')), x!.rank - 1),
    { domain, inputs: 2, steering: [1] },
  ),
  operator(
    'Binarizer',
    1,
    ([x], { attributes }) => {
      const threshold = attributes.float('threshold', 0);
      const bits = numbersOf(x!, 'input').map((value) => Number(value > threshold));
      return tensor(toArray(bits, x!.dtype), { shape: x!.shape, dtype: x!.dtype });
    },
    { domain },
  ),
  operator('LabelEncoder', 2, ([x], node) => encoded(x!, node), { domain }),
];
